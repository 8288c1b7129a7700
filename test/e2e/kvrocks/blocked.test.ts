import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import t from 'tap';
import { decodeReply } from '../../../src/resp/decode.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { onEachKvrocks } from '../../support/kvrocks/on-each-kvrocks.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { Consumer, difference, Producers } from '../sessions/support/queue.js';

/** A double promotes after up to 100 ms. */
const ROUNDS = scaled(8, 50);
const CONSUMERS = 8;
const FLAGS = ['--preflight-timeout-ms=30000', '--align-promotion=no'];

// Known from a recording: a demoted Kvrocks tells its blocked clients nothing, and does not wake them any more.
await onEachKvrocks(t, 'who waits goes on waiting at the new master', async (t, start) => {
  const shard = await start(1);
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({ nodes: shard.ids, flags: FLAGS });
  t.teardown(() => holdfast.dispose());
  const calls = ['BLPOP list 0', 'BZPOPMIN set 0', 'BLMOVE from to LEFT RIGHT 0', 'XREAD BLOCK 0 STREAMS stream $'];
  const clients = await Promise.all(calls.map(() => holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  for (const [at, client] of clients.entries()) client.send(encodeCommand(...(calls[at] ?? '').split(' ')));
  const looker = await holdfast.client();
  t.teardown(() => looker.close());
  await until('all of them wait', async () => {
    const waiting = (await looker.call('CLIENT', 'LIST')).match(/ flags=\w*b/g);
    return waiting?.length === calls.length;
  });
  const master = await switchRounds(t, { holdfast, shard }, 1, () => Promise.resolve());
  const direct = await RawClient.connect(master);
  t.teardown(() => direct.close());
  for (const line of ['RPUSH list a b', 'ZADD set 1 a 2 b', 'RPUSH from a b', 'XADD stream 1-1 f v']) {
    t.match(await direct.call(...line.split(' ')), /^[:$]/);
  }
  const replies = await Promise.all(clients.map(async (client) => (await client.replies(1)).toString()));
  t.same(replies, [
    '*2\r\n$4\r\nlist\r\n$1\r\na\r\n',
    '*3\r\n$3\r\nset\r\n$1\r\na\r\n$1\r\n1\r\n',
    '$1\r\na\r\n',
    '*1\r\n*2\r\n$6\r\nstream\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n',
  ]);
  for (const line of ['LLEN list', 'ZCARD set', 'LLEN from', 'LLEN to']) {
    t.equal(await direct.call(...line.split(' ')), ':1\r\n', 'each took one element');
  }
  for (const client of clients) t.equal(await client.call('PING'), '+PONG\r\n');
});

await t.test('an element that the former master took out at the last moment reaches its client', async (t) => {
  const [former, next] = [await KvrocksDouble.start(), await KvrocksDouble.start()];
  // What the node says is on its way until the connection is half closed.
  const onItsWay: Buffer[] = [];
  let isHeld = false;
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ host: former.host, port: former.port, allowHalfOpen: true });
    client.pipe(server);
    server.on('data', (bytes: Buffer) => (isHeld ? onItsWay.push(bytes) : client.write(bytes)));
    client.on('end', () => client.end(Buffer.concat(onItsWay)));
    for (const socket of [client, server]) socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  const holdfast = await HoldfastInProcess.start(`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  t.teardown(async () => {
    await holdfast.stop();
    relay.close();
    await Promise.all([former.dispose(), next.dispose()]);
  });
  const client = await holdfast.client();
  t.teardown(() => client.close());
  client.send(encodeCommand('BLPOP', 'list', '0'));
  await until('it waits', async () => (await former.server.info('clients')).get('blocked_clients') === '1');
  isHeld = true;
  await former.server.send('RPUSH', 'list', 'last');
  await until('the call took it', () => onItsWay.length > 0);
  await next.server.send('RPUSH', 'list', 'another');
  await holdfast.shard.serve(next.id);
  t.equal((await client.replies(1)).toString(), '*2\r\n$4\r\nlist\r\n$4\r\nlast\r\n');
  t.equal(await client.call('LLEN', 'list'), ':1\r\n', 'and it was not asked for once more');
});

await onEachKvrocks(
  t,
  'each element of a queue reaches one consumer, once, while the master moves',
  async (t, start) => {
    const shard = await start(1);
    t.teardown(() => shard.dispose());
    const holdfast = await ServeProcess.start({ nodes: shard.ids, flags: FLAGS });
    t.teardown(() => holdfast.dispose());
    const element = (reply: unknown): readonly string[] => (Array.isArray(reply) ? [String(reply[1])] : []);
    const consumers: Consumer[] = [];
    for (let at = 0; at < CONSUMERS; at++) {
      const words = at % 2 === 0 ? ['BLPOP', 'queue', '0'] : ['BRPOP', 'nothing', 'queue', '0'];
      consumers.push(new Consumer(await holdfast.client(), words, element));
    }
    for (const consumer of consumers) consumer.start();
    const producers = new Producers();
    await producers.start({ holdfast }, 3, (client, each) => client.call('RPUSH', 'queue', each));
    const got = (): readonly string[] => consumers.flatMap((consumer) => consumer.got);
    const master = await switchRounds(t, { holdfast, shard }, ROUNDS, async (round) => {
      await until('the queue goes on', () => got().length >= round * 3);
    });
    await producers.stop();
    await until('every element has been taken', () => got().length >= producers.added.length);
    t.same(difference(producers.added, got()), [], `${producers.added.length} elements, each exactly once`);
    t.same(
      [...consumers, producers].flatMap(({ complaints }) => complaints),
      [],
      'nobody saw an error or its end',
    );
    const looker = await RawClient.connect(master);
    t.equal(decodeReply(Buffer.from(await looker.call('LLEN', 'queue'))), 0);
    looker.close();
  },
);
