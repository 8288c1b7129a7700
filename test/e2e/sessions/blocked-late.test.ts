import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import { Relay } from '../../support/relay.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

interface Scene {
  readonly holdfast: HoldfastInProcess;
  /** The way from Holdfast to the old master. */
  readonly relay: Relay;
  readonly from: RedisServer;
  readonly to: RedisServer;
  readonly client: RawClient;
  readonly writer: RawClient;
}

async function scene(t: Test): Promise<Scene> {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [to = shard.master] = shard.replicas;
  const relay = await Relay.start(shard.master);
  t.teardown(() => relay.close());
  const holdfast = await HoldfastInProcess.start(relay.id);
  t.teardown(() => holdfast.stop());
  const [client, writer] = await Promise.all([holdfast.client(), holdfast.client()]);
  await writer.call('SET', 'before', '1');
  return { holdfast, relay, from: shard.master, to, client, writer };
}

async function blockedOn(server: RedisServer, count: number): Promise<void> {
  await until(`${count} clients are blocked on ${server.id}`, async () => {
    return Number((await server.info('clients')).get('blocked_clients')) === count;
  });
}

t.test('an element whose delivery was under way when the master moved arrives, once', async (t) => {
  for (const [wait, push, pushed] of [
    ['BLPOP queue 0', 'RPUSH queue x', '*2\r\n$5\r\nqueue\r\n$1\r\nx\r\n'],
    ['BLMOVE queue done LEFT RIGHT 0', 'RPUSH queue x', '$1\r\nx\r\n'],
    ['BZPOPMIN queue 0', 'ZADD queue 1 x', '*3\r\n$5\r\nqueue\r\n$1\r\nx\r\n$1\r\n1\r\n'],
  ] as const) {
    const { holdfast, relay, from, to, client, writer } = await scene(t);
    client.send(`${wait}\r\n`);
    await blockedOn(from, 1);
    relay.mute(/BLPOP|BLMOVE|BZPOPMIN/);
    await from.send(...push.split(' '));
    await holdfast.move(from, to, undefined, async () => {
      await writer.call('SET', 'after', '1');
    });
    relay.flow();
    t.equal((await client.replies(1)).toString(), pushed, wait);
    t.equal(await client.call('EXISTS', 'queue'), ':0\r\n');
  }
});

t.test('a call that reaches the old master when that is a replica already comes to the new one', async (t) => {
  for (const [call, add, wanted] of [
    ['BLPOP queue 0', 'RPUSH queue x', /\$1\r\nx\r\n$/],
    ['XREADGROUP GROUP g c BLOCK 0 STREAMS stream >', 'XADD stream * f x', /\$1\r\nx\r\n$/],
    ['XREAD BLOCK 0 STREAMS stream 0', 'XADD stream * f x', /\$1\r\nx\r\n$/],
    ['XREAD BLOCK 0 STREAMS stream $', 'XADD stream * f x', /\$1\r\nx\r\n$/],
    ['WAIT 2 0', '', /^$/],
  ] as const) {
    const { holdfast, relay, from, to, client, writer } = await scene(t);
    await writer.call('XGROUP', 'CREATE', 'stream', 'g', '$', 'MKSTREAM');
    const [name = ''] = call.split(' ');
    let late = 0;
    relay.judge((text) => {
      // What is asked before the call travels in front of it.
      if (!new RegExp(`${name} |XREVRANGE`).test(text.replaceAll(/\r\n\$\d+\r\n/g, ' '))) return 'pass';
      late++;
      return 'swallow';
    });
    client.send(`${call}\r\n`);
    await until('the call is on its way', () => late > 0);
    await holdfast.move(from, to);
    relay.flow();
    await blockedOn(to, 1);
    await blockedOn(from, 0);
    if (add === '') continue;
    await writer.call(...add.split(' '));
    t.match((await client.replies(1)).toString(), wanted, call);
  }
});
