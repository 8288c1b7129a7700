import t from 'tap';
import { until } from '../../support/until.js';
import { Twins } from './support/twins.js';

t.test('blocked clients', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const { holdfast, behind, direct } = twins;
  const blocked = (server: typeof behind, count: number): Promise<unknown> =>
    until(
      `${count} clients are blocked on ${server.id}`,
      async () => Number((await server.info('clients')).get('blocked_clients')) === count,
    );

  t.test('get what they wait for, and their pipelines go on behind it', async (t) => {
    for (const [wait, push] of [
      ['BLPOP q 0', 'RPUSH q x'],
      ['BRPOP q1 q 0', 'RPUSH q x'],
      ['BLMOVE q d LEFT RIGHT 0', 'RPUSH q x'],
      ['BRPOPLPUSH q d 0', 'RPUSH q x'],
      ['BLMPOP 0 2 q r LEFT COUNT 5', 'RPUSH q x y'],
      ['BZPOPMIN z 0', 'ZADD z 1 m'],
      ['BZPOPMAX z 0', 'ZADD z 1 m'],
      ['BZMPOP 0 1 z MIN', 'ZADD z 1 m'],
      ['XREAD BLOCK 0 STREAMS s $', 'XADD s 1-1 f v'],
      ['XREAD COUNT 1 BLOCK 0 STREAMS s 5', 'XADD s 9-1 f v'],
    ] as const) {
      const pair = await twins.pair();
      pair.send(Buffer.from(`${wait}\r\nECHO behind\r\nINCR counter\r\n`));
      await Promise.all([blocked(direct, 1), blocked(behind, 1)]);
      await twins.both(...push.split(' '));
      await pair.sameReplies(t, 3, wait);
      pair.close();
    }
  });

  t.test('CLIENT UNBLOCK finds them through the proxy', async (t) => {
    const [waiting, other] = await Promise.all([holdfast.client(), holdfast.client()]);
    const id = (await waiting.call('CLIENT', 'ID')).slice(1).trim();
    t.equal(await other.call('CLIENT', 'UNBLOCK', id), ':0\r\n', 'not blocked');
    waiting.send('BLPOP nope 0\r\n');
    await blocked(behind, 1);
    t.equal(await other.call('CLIENT', 'UNBLOCK', id), ':1\r\n');
    t.equal((await waiting.replies(1)).toString(), '*-1\r\n');
    waiting.send('XREAD BLOCK 0 STREAMS nope $\r\n');
    await blocked(behind, 1);
    t.equal(await other.call('CLIENT', 'UNBLOCK', id, 'ERROR'), ':1\r\n');
    t.match((await waiting.replies(1)).toString(), /^-UNBLOCKED client unblocked via CLIENT UNBLOCK/);
    t.equal(await waiting.call('PING'), '+PONG\r\n');
    waiting.close();
    other.close();
  });

  t.test('do not hold up anybody else', async (t) => {
    const waiting = await Promise.all(Array.from({ length: 20 }, () => holdfast.client()));
    for (const client of waiting) client.send('BLPOP many 0\r\n');
    await blocked(behind, 20);
    const other = await holdfast.client();
    t.equal(await other.call('RPUSH', 'many', ...Array.from({ length: 20 }, (_each, at) => String(at))), ':20\r\n');
    const got = await Promise.all(waiting.map((client) => client.replies(1)));
    t.equal(new Set(got.map(String)).size, 20, 'each element went to one client');
    for (const client of [...waiting, other]) client.close();
  });

  t.test('that hang up take no element with them', async (t) => {
    for (const leave of ['end', 'destroy'] as const) {
      const waiting = await holdfast.client();
      waiting.send('BLPOP kept 0\r\n');
      await blocked(behind, 1);
      waiting.socket[leave]();
      await blocked(behind, 0);
      await behind.send('RPUSH', 'kept', leave);
      t.equal(await behind.send('LPOP', 'kept'), leave);
    }
    await until('the clients are gone', () => holdfast.shard.clients.size === 0);
  });

  t.test("WAIT speaks of the client's own writes", async (t) => {
    const client = await holdfast.client();
    await client.call('SET', 'a', '1');
    t.equal(await client.call('WAIT', '1', '10'), ':0\r\n', 'no replica has it');
    client.close();
  });
});
