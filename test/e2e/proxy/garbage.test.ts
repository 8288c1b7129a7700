import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { Twins } from './support/twins.js';

t.test('what is no request', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const { holdfast } = twins;

  t.test("gets Redis' own words and the end; others notice nothing", async (t) => {
    const witness = await holdfast.client();
    for (const garbage of [
      '*1\r\n+OK\r\n',
      '*x\r\n',
      '*-x\r\n',
      '*99999999999\r\n',
      '*2\r\n$3\r\nGET\r\n:1\r\n',
      '*1\r\n$x\r\n',
      '*1\r\n$-1\r\n',
      '*1\r\n$99999999999\r\n',
      '*2\r\n$3\r\nGET\r\n$600000000\r\n',
      `*${'1'.repeat(70_000)}`,
      `*1\r\n$${'1'.repeat(70_000)}`,
      'SET "a\r\n',
      'SET "a"b\r\n',
      'x'.repeat(70_000),
      'SET a 1\r\nGET a\r\n*1\r\n$x\r\n',
      'MULTI\r\nSET a 2\r\n*x\r\n',
      'SUBSCRIBE a\r\n*x\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\n\r\n',
      'QUIT\r\n*x\r\n',
    ]) {
      const pair = await twins.pair();
      pair.send(Buffer.from(garbage, 'latin1'));
      await pair.sameEnd(t, JSON.stringify(garbage.slice(0, 50)));
      t.equal(await witness.call('ECHO', 'here'), '$4\r\nhere\r\n');
      pair.close();
    }
    witness.close();
  });

  t.test('empty requests and odd inline ones get the same', async (t) => {
    const pair = await twins.pair();
    pair.send(
      Buffer.from(
        '\r\n\n*0\r\n*-1\r\n   \r\nPING\n  ping   "he\\x6c\\nlo"  \r\nSET \'a b\' "c d"\r\nGET "a b"\r\nGET \'a b\'\r\n*1\r\n$4\r\nPING\r\nECHO ""\r\n',
      ),
    );
    await pair.sameReplies(t, 7, 'inline');
    pair.close();
  });

  t.test('half-closed: what was asked is answered, then the connection ends', async (t) => {
    for (const text of [
      'PING\r\n',
      'SET h 1\r\nGET h\r\nGET h',
      'MULTI\r\nINCR h\r\nEXEC\r\n',
      '',
      'PI',
      `${'INCR pipeline\r\n'.repeat(2000)}`,
    ]) {
      const pair = await twins.pair();
      pair.direct.socket.end(text);
      pair.proxied.socket.end(text);
      await pair.sameEnd(t, JSON.stringify(text.slice(0, 40)));
    }
  });

  t.test('a client that goes away in the middle of anything leaves nothing behind', async (t) => {
    await until('nobody is there', () => holdfast.shard.clients.size === 0);
    const lanes = holdfast.shard.upstreams('lane');
    for (const text of [
      'GET a\r\n'.repeat(500),
      'MULTI\r\nSET a 1\r\n',
      'WATCH a\r\n',
      'SUBSCRIBE a b c\r\n',
      'MONITOR\r\n',
      'BLPOP nope 0\r\n',
      'WAIT 5 0\r\n',
      'HELLO 3\r\nCLIENT TRACKING on\r\nGET a\r\n',
      'CLIENT REPLY OFF\r\nSET a 1\r\n',
      '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$500000\r\nxxxx',
      '*2\r\n$3\r\nGE',
    ]) {
      for (const leave of ['resetAndDestroy', 'destroy', 'end'] as const) {
        const client = await holdfast.client();
        client.send(encodeCommand('PING'));
        await client.replies(1);
        client.send(text);
        client.socket[leave]();
      }
    }
    await until('all are gone', () => holdfast.shard.clients.size === 0);
    t.ok(holdfast.shard.upstreams('lane') <= lanes + 1, 'a lane for RESP3 at most');
    await until('no state is left on the server', async () => {
      const info = await twins.behind.info('clients');
      return info.get('blocked_clients') === '0' && info.get('tracking_clients') === '0';
    });
    await until('the idle private connections are few', () => holdfast.shard.upstreams('private') <= 33);
    const next = await holdfast.client();
    for (const line of ['MULTI', 'GET a', 'EXEC', 'BLPOP nope 0.01'])
      t.notMatch(await next.call(...line.split(' ')), /^-/);
    next.close();
  });
});
