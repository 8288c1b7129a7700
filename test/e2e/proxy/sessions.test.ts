import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { Twins } from './support/twins.js';

const USERS = [
  'app on >secret ~app:* &news:* +@all -@dangerous +client|list +client|id',
  'reader on >read ~* &* +@read +@connection -client|setname -client|reply',
] as const;

t.test('a connection without a password gets exactly what a server gives it', async (t) => {
  const twins = await Twins.start(
    { requirepass: 'master-key', users: USERS },
    { nodeAuth: [Buffer.from('master-key')] },
  );
  t.teardown(() => twins.stop());

  t.test('NOAUTH, wrong and right passwords, users and their rights', async (t) => {
    const pair = await twins.pair();
    for (const line of [
      'PING',
      'GET a',
      'SELECT 1',
      'HELLO 3',
      'HELLO',
      'MULTI',
      'CLIENT ID',
      'SUBSCRIBE x',
      'BLPOP a 1',
      'AUTH wrong',
      'AUTH app wrong',
      'AUTH app secret',
      'SET app:1 x',
      'GET app:1',
      'SET other x',
      'KEYS *',
      'ACL WHOAMI',
      'CONFIG GET port',
      'PUBLISH news:1 x',
      'PUBLISH x y',
      'AUTH app wrong',
      'ACL WHOAMI',
      'AUTH wrong',
      'SET app:1 y',
      'SELECT 3',
      'AUTH reader read',
      'GET app:1',
      'SET app:1 z',
      'SELECT 0',
      'GET app:1',
      'HELLO 3 AUTH app wrong',
      'ACL WHOAMI',
      'HELLO 3 AUTH app secret SETNAME me',
      'CLIENT GETNAME',
      'ACL WHOAMI',
      'MULTI',
      'SET other 1',
      'SET app:1 2',
      'EXEC',
      'MULTI',
      'GET app:1',
      'EXEC',
      'HELLO 2',
      'RESET',
      'GET app:1',
      'AUTH master-key',
      'GET app:1',
      'AUTH default master-key',
      'AUTH default wrong',
      'ACL SETUSER default off',
      'GET app:1',
      'ACL SETUSER default on',
      'AUTH reader read',
      'CLIENT SETNAME x',
      'CLIENT REPLY OFF',
      'CLIENT REPLY SKIP',
      'CLIENT REPLY ON',
      'GET app:1',
      'AUTH app secret',
      'CLIENT KILL ID 9999999',
      'CLIENT PAUSE 0',
      'SUBSCRIBE other',
      'SUBSCRIBE news:1 other',
    ]) {
      await pair.same(t, line.split(' '));
    }
    pair.close();
  });

  t.test('a wrong password is refused although a connection of that user is open', async (t) => {
    const [good, bad] = await Promise.all([twins.pair(), twins.pair()]);
    await good.same(t, ['AUTH', 'app', 'secret']);
    await bad.same(t, ['AUTH', 'app', 'secreT']);
    await bad.same(t, ['GET', 'app:1']);
    await good.same(t, ['GET', 'app:1']);
    good.close();
    bad.close();
  });

  t.test('a changed password counts at once, and not for those who are in', async (t) => {
    const [inside, outside] = await Promise.all([twins.pair(), twins.pair()]);
    await inside.same(t, ['AUTH', 'reader', 'read']);
    for (const server of [twins.direct, twins.behind])
      await server.send('ACL', 'SETUSER', 'reader', 'resetpass', '>other');
    await outside.same(t, ['AUTH', 'reader', 'read']);
    await outside.same(t, ['AUTH', 'reader', 'other']);
    await inside.same(t, ['GET', 'app:1']);
    await outside.same(t, ['ACL', 'WHOAMI']);
    inside.close();
    outside.close();
  });

  t.test('half of a malformed HELLO changes nobody else', async (t) => {
    const [odd, other] = await Promise.all([twins.pair(), twins.pair()]);
    await odd.same(t, ['HELLO', '3', 'AUTH', 'app', 'secret', 'NONSENSE']);
    await other.same(t, ['MULTI']);
    await other.same(t, ['GET', 'app:1']);
    await other.same(t, ['EXEC']);
    odd.close();
    other.close();
  });
});

t.test('what a client does to its own connection', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());

  t.test('CLIENT REPLY OFF, SKIP and ON', async (t) => {
    for (const lines of [
      ['CLIENT REPLY OFF', 'SET a 1', 'GET a', 'CLIENT REPLY ON', 'GET a'],
      ['CLIENT REPLY SKIP', 'SET a 2', 'GET a'],
      ['CLIENT REPLY SKIP', 'CLIENT REPLY SKIP', 'GET a', 'GET a'],
      [
        'CLIENT REPLY OFF',
        'SELECT 1',
        'SET b 1',
        'CLIENT SETNAME quiet',
        'CLIENT ID',
        'PING',
        'CLIENT REPLY ON',
        'GET b',
        'CLIENT GETNAME',
        'SELECT 0',
      ],
      ['CLIENT REPLY SKIP', 'SELECT 1', 'GET b', 'CLIENT REPLY SKIP', 'CLIENT ID', 'CLIENT GETNAME', 'SELECT 0'],
      ['CLIENT REPLY OFF', 'MULTI', 'INCR a', 'INCR a', 'EXEC', 'CLIENT REPLY ON', 'GET a'],
      ['CLIENT REPLY OFF', 'BLPOP nope 0.01', 'NOSUCH', 'WATCH a', 'CLIENT REPLY ON', 'MULTI', 'EXEC'],
      ['CLIENT REPLY OFF', 'AUTH wrong', 'HELLO 9', 'HELLO 2 NONSENSE', 'CLIENT REPLY ON', 'PING'],
      ['CLIENT REPLY OFF', 'CLIENT TRACKING on', 'CLIENT TRACKING off', 'CLIENT REPLY ON', 'PING'],
    ]) {
      const pair = await twins.pair();
      pair.send(Buffer.concat([...lines, 'ECHO the-end'].map((line) => encodeCommand(...line.split(' ')))));
      const [direct, proxied] = await Promise.all([upToTheEnd(pair.direct), upToTheEnd(pair.proxied)]);
      t.equal(proxied, direct, lines.join(', '));
      pair.close();
    }
  });

  t.test('a request without a reply leaves nothing behind on a connection that others use', async (t) => {
    const odd = await twins.pair();
    for (const line of ['WATCH a', 'EXEC', 'DISCARD', 'MULTI x', 'UNWATCH x', 'MULTI', 'DISCARD x', 'GET', 'EXEC x'])
      await odd.same(t, line.split(' '));
    const others = await Promise.all([twins.pair(), twins.pair()]);
    for (const other of others)
      for (const line of ['MULTI', 'SET a 9', 'EXEC', 'BLPOP nope 0.01', 'GET a']) await other.same(t, line.split(' '));
    for (const pair of [odd, ...others]) pair.close();
  });

  t.test('commands inside MULTI that change the connection stay with the client', async (t) => {
    const odd = await twins.pair();
    const other = await twins.pair();
    for (const line of [
      'MULTI',
      'SELECT 5',
      'CLIENT SETNAME x',
      'SET five 1',
      'EXEC',
      'GET five',
      'MULTI',
      'GET five',
      'EXEC',
      'WATCH five',
      'UNWATCH',
      'DBSIZE',
    ]) {
      await odd.same(t, line.split(' '));
    }
    for (const line of ['GET five', 'MULTI', 'GET five', 'EXEC', 'BLPOP five 0.01', 'DBSIZE'])
      await other.same(t, line.split(' '));
    odd.close();
    other.close();
  });

  t.test('a connection that went to another database is not taken for one of the first', async (t) => {
    const [odd, other] = await Promise.all([twins.pair(), twins.pair()]);
    for (const line of ['GET where', 'WATCH a', 'SELECT 6', 'UNWATCH', 'SET where six'])
      await odd.same(t, line.split(' '));
    for (const line of ['GET where', 'MULTI', 'SET where here', 'EXEC', 'GET where'])
      await other.same(t, line.split(' '));
    for (const line of ['MULTI', 'GET where', 'EXEC']) await odd.same(t, line.split(' '));
    odd.close();
    other.close();
  });

  t.test('names, ids and lists speak of the clients of the proxy', async (t) => {
    await until('the clients of the other tests are gone', () => twins.holdfast.shard.clients.size === 0);
    const one = await twins.holdfast.client();
    const two = await twins.holdfast.client();
    const id = Number((await one.call('CLIENT', 'ID')).slice(1));
    t.equal(Number((await two.call('CLIENT', 'ID')).slice(1)), id + 1);
    await two.call('CLIENT', 'SETNAME', 'two');
    const list = await one.call('CLIENT', 'LIST');
    t.match(
      list,
      new RegExp(`id=${id} addr=127.0.0.1:${one.socket.localPort} laddr=127.0.0.1:${twins.holdfast.target.port} `),
    );
    t.match(list, new RegExp(`id=${id + 1} .* name=two `));
    t.notMatch(await one.call('CLIENT', 'LIST', 'ID', String(id)), 'name=two');
    t.match(await one.call('CLIENT', 'INFO'), `id=${id} `);
    t.equal(await one.call('CLIENT', 'KILL', 'ID', String(id + 1)), ':1\r\n');
    await two.ended();
    t.equal(await one.call('CLIENT', 'KILL', 'TYPE', 'normal'), ':0\r\n', 'the caller is spared');
    t.equal(await one.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'), ':1\r\n');
    await one.ended();
  });

  t.test('QUIT answers and closes, whatever state there is', async (t) => {
    for (const lines of [['QUIT'], ['MULTI', 'QUIT'], ['SUBSCRIBE a', 'QUIT'], ['SET a 1', 'GET a', 'QUIT', 'GET a']]) {
      const pair = await twins.pair();
      pair.send(Buffer.concat(lines.map((line) => encodeCommand(...line.split(' ')))));
      await pair.sameEnd(t, lines.join(', '));
      pair.close();
    }
  });

  t.test('RESET takes back everything', async (t) => {
    for (const lines of [
      ['MULTI', 'SET a 1'],
      ['SUBSCRIBE a'],
      ['WATCH a'],
      ['SELECT 4', 'CLIENT SETNAME me'],
      ['HELLO 3', 'CLIENT TRACKING on'],
      ['MONITOR'],
    ]) {
      const pair = await twins.pair();
      for (const line of [...lines, 'RESET', 'CLIENT GETNAME', 'DBSIZE', 'EXEC', 'GET a'])
        await pair.same(t, line.split(' '));
      pair.close();
    }
  });

  t.test('a private connection serves the next client', async (t) => {
    const before = twins.holdfast.shard.upstreams('private');
    for (let round = 0; round < 20; round++) {
      const client = await twins.holdfast.client();
      await client.call('MULTI');
      await client.call('INCR', 'rounds');
      t.equal(await client.call('EXEC'), `*1\r\n:${round + 1}\r\n`);
      client.close();
    }
    t.ok(twins.holdfast.shard.upstreams('private') <= before + 1);
  });
});

async function upToTheEnd(client: { received: Buffer; replies(count: number): Promise<Buffer> }): Promise<string> {
  const mark = '$7\r\nthe-end\r\n';
  await until(
    `the last reply, after ${JSON.stringify(client.received.toString('latin1'))}`,
    () => client.received.includes(mark),
    5000,
  );
  return client.received.toString('latin1');
}
