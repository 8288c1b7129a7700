import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { until } from '../../support/until.js';
import { SeededRandom } from '../../unit/resp/seeded-random.js';

const CONNECTIONS = scaled(3000, 50_000);
const ATTACKERS = 8;
const HONEST = 6;

/** What is mutated. Nothing in it, however it is cut, stops the server or takes its data away. */
const WORDS: readonly (readonly string[])[] = [
  ['GET', 'fuzz:a'],
  ['SET', 'fuzz:a', 'value'],
  ['MGET', 'fuzz:a', 'fuzz:b'],
  ['MULTI'],
  ['EXEC'],
  ['WATCH', 'fuzz:a'],
  ['SUBSCRIBE', 'fuzz', 'fuzz2'],
  ['UNSUBSCRIBE'],
  ['BLPOP', 'fuzz:none', '0.01'],
  ['XREAD', 'BLOCK', '5', 'STREAMS', 'fuzz:s', '$'],
  ['HELLO', '3'],
  ['HELLO', '2', 'SETNAME', 'fuzz'],
  ['AUTH', 'x', 'y'],
  ['SELECT', '3'],
  ['CLIENT', 'REPLY', 'SKIP'],
  ['CLIENT', 'TRACKING', 'on'],
  ['CLIENT', 'LIST'],
  ['EVAL', "return redis.error_reply('a\\r\\n+b')", '0'],
  ['PING'],
  ['RESET'],
];

t.test(`${CONNECTIONS} connections of mutated traffic beside honest clients`, async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  const honest = await Promise.all(Array.from({ length: HONEST }, () => holdfast.client()));
  let running = true;
  const surprises: string[] = [];
  const asked: number[] = honest.map(() => 0);
  const work = honest.map(async (client, index) => {
    for (let count = 1; running; count++) {
      const mark = `honest ${index} ${count}`;
      // A lane, another database of it, a private link.
      client.send(
        Buffer.concat([
          encodeCommand('ECHO', mark),
          encodeCommand('INCR', `honest:${index}`),
          encodeCommand('MULTI'),
          encodeCommand('ECHO', mark),
          encodeCommand('EXEC'),
        ]),
      );
      const bulk = `$${mark.length}\r\n${mark}\r\n`;
      const found = (await client.replies(5)).toString();
      if (found !== `${bulk}:${count}\r\n+OK\r\n+QUEUED\r\n*1\r\n${bulk}`)
        surprises.push(`${mark}: ${JSON.stringify(found)}`);
      asked[index] = count;
    }
  });

  let left = CONNECTIONS;
  const attack = async (seed: number): Promise<void> => {
    const random = new SeededRandom(seed);
    while (left-- > 0) {
      const client = await holdfast.client();
      const valid = Buffer.concat(
        Array.from({ length: 1 + random.below(12) }, () => encodeCommand(...random.pick(WORDS))),
      );
      for (const piece of random.cut(random.mutate(valid), random.pick([3, 40, 2000]))) client.send(piece);
      const end = random.below(4);
      if (end === 0) client.socket.end();
      await new Promise(setImmediate);
      if (end === 1) client.socket.resetAndDestroy();
      else client.close();
    }
  };
  await Promise.all(Array.from({ length: ATTACKERS }, (_, seed) => attack(seed)));
  const before = [...asked];
  await until('every honest client goes on', () => asked.every((count, index) => count > (before[index] ?? 0) + 3));
  running = false;
  await Promise.all(work);
  t.same(surprises.slice(0, 5), [], `${asked.reduce((sum, count) => sum + count, 0)} honest rounds`);
  await until('nothing is left of the attackers', () => holdfast.shard.clients.size === HONEST);
  t.ok(holdfast.shard.upstreams('lane') < 40, `${holdfast.shard.upstreams('lane')} lanes`);
  t.ok(holdfast.shard.upstreams('private') <= 64 * 3, `${holdfast.shard.upstreams('private')} private links`);
  const info = await server.info('clients');
  t.equal(info.get('blocked_clients'), '0', 'nobody waits for who is gone');
  for (const client of honest) client.close();
});
