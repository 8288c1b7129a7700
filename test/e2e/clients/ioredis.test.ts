import { once } from 'node:events';
import { Redis, type RedisOptions } from 'ioredis';
import t, { type Test } from 'tap';
import { ServeProcess } from '../../support/serve-process.js';
import { startStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { workWhileMoving } from './support/application.js';

/** Replies in their usual form: `replyMapping` would change the type of each. */
type Options = Omit<RedisOptions, 'replyMapping'>;

interface Connection {
  readonly redis: Redis;
  /** What the library said beside the replies: errors, and each loss of the connection. */
  readonly troubles: readonly string[];
}

/** A connection through Holdfast, as ioredis opens it by default, ready. */
async function connect(t: Test, stage: Stage, options: Options = {}): Promise<Connection> {
  const redis = new Redis({ host: '127.0.0.1', port: stage.holdfast.port, retryStrategy: () => 1, ...options });
  t.teardown(() => redis.disconnect());
  const troubles: string[] = [];
  redis.on('error', (error) => troubles.push(String(error)));
  redis.on('close', () => troubles.push('closed'));
  await once(redis, 'ready');
  return { redis, troubles };
}

async function connectAll(t: Test, stage: Stage, count: number, options: Options = {}) {
  const pool = await Promise.all(Array.from({ length: count }, () => connect(t, stage, options)));
  return {
    of: (loop: number): Redis => {
      const { redis } = pool[loop % count] ?? {};
      if (redis === undefined) throw new Error('an empty pool');
      return redis;
    },
    troubles: () => pool.flatMap(({ troubles }) => troubles),
  };
}

for (const protocol of [2, 3] as const) {
  void t.test(`ioredis over RESP${protocol}`, async (t) => {
    const stage = await startStage(t, { replicas: 1 });

    await t.test('is who it says it is, in its database', async (t) => {
      const { redis, troubles } = await connect(t, stage, { protocol, connectionName: 'shop', db: 3 });
      t.equal(await redis.client('GETNAME'), 'shop');
      await redis.set('where', 'in 3');
      const direct = new Redis({ host: stage.shard.master.host, port: stage.shard.master.port, db: 3 });
      t.teardown(() => direct.disconnect());
      t.equal(await direct.get('where'), 'in 3');
      t.match(await redis.client('LIST'), new RegExp(`name=shop .* db=3 .* resp=${protocol} `));
      t.same(troubles, []);
    });

    await t.test('a pool counts, in pipelines too, collected by the library or by hand', async (t) => {
      const pool = await connectAll(t, stage, 4, { protocol, enableAutoPipelining: true });
      let counted = 0;
      const steps = await workWhileMoving(t, stage, 8, async (loop) => {
        const redis = pool.of(loop);
        await Promise.all([redis.incr('pool'), redis.get('pool'), redis.incr('pool')]);
        const results = await redis.pipeline().incr('pool').get('pool').ping().incrby('pool', 2).exec();
        for (const [error] of results ?? []) if (error !== null) throw error;
        counted += 5;
      });
      t.equal(await pool.of(0).get('pool'), String(counted), `${steps} steps`);
      t.same(pool.troubles(), []);
    });

    await t.test('transactions and compare-and-set', async (t) => {
      const pool = await connectAll(t, stage, 6, { protocol });
      let [added, refused] = [0, 0];
      await workWhileMoving(t, stage, 6, async (loop) => {
        const redis = pool.of(loop);
        await redis.multi().incr('sum').lpush('log', loop).ltrim('log', 0, 9).exec();
        await redis.watch('balance');
        const seen = Number(await redis.get('balance'));
        const results = await redis
          .multi()
          .set('balance', seen + 1)
          .get('balance')
          .exec();
        if (results === null) refused++;
        else {
          added++;
          if (results[1]?.[1] !== String(seen + 1)) throw new Error(`another balance: ${JSON.stringify(results)}`);
        }
      });
      t.equal(await pool.of(0).get('balance'), String(added), `${refused} were told that a watched key changed`);
      t.equal(await pool.of(0).get('sum'), String(added + refused));
      t.same(pool.troubles(), []);
    });

    await t.test('scripts by their SHA1', async (t) => {
      const pool = await connectAll(t, stage, 3, {
        protocol,
        scripts: { add: { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" } },
      });
      const sha = String(await pool.of(0).script('LOAD', "return redis.call('INCR', KEYS[1])"));
      const steps = await workWhileMoving(t, stage, 6, async (loop) => {
        const redis = pool.of(loop) as Redis & { add(key: string, by: number): Promise<number> };
        await redis.add('scripted', 2);
        await redis.evalsha(sha, 1, 'scripted');
      });
      t.equal(await pool.of(0).get('scripted'), String(3 * steps));
      t.same(pool.troubles(), []);
    });

    await t.test('a queue with consumers that block', async (t) => {
      const consumers = await connectAll(t, stage, 5, { protocol });
      const producer = await connect(t, stage, { protocol });
      const got: string[] = [];
      const ends = Array.from({ length: 5 }, async (_each, at) => {
        for (;;) {
          const [, job = ''] = (await consumers.of(at).blpop('jobs', 0)) ?? [];
          if (job === 'stop') return;
          got.push(job);
        }
      });
      let made = 0;
      await workWhileMoving(t, stage, 3, async () => {
        await producer.redis.rpush('jobs', made++);
      });
      await producer.redis.rpush('jobs', 'stop', 'stop', 'stop', 'stop', 'stop');
      await Promise.all(ends);
      t.same(
        got.map(Number).sort((a, b) => a - b),
        Array.from({ length: made }, (_each, at) => at),
        'each job once',
      );
      t.same([...consumers.troubles(), ...producer.troubles], []);
    });

    await t.test('a stream with a group', async (t) => {
      const consumers = await connectAll(t, stage, 3, { protocol });
      const producer = await connect(t, stage, { protocol });
      await producer.redis.xgroup('CREATE', 'events', 'workers', '$', 'MKSTREAM');
      const got: string[] = [];
      const ends = Array.from({ length: 3 }, async (_each, at) => {
        const redis = consumers.of(at);
        for (let stopped = false; !stopped;) {
          const read = redis.xreadgroup('GROUP', 'workers', `c${at}`, 'COUNT', 1, 'BLOCK', 0, 'STREAMS', 'events', '>');
          const streams = (await read) as readonly [string, [string, string[]][]][];
          for (const [id, [, value = '']] of streams[0]?.[1] ?? []) {
            if (value === 'stop') stopped = true;
            else got.push(value);
            await redis.xack('events', 'workers', id);
          }
        }
      });
      let made = 0;
      await workWhileMoving(t, stage, 3, async () => {
        await producer.redis.xadd('events', '*', 'n', made++);
      });
      for (let at = 0; at < 3; at++) await producer.redis.xadd('events', '*', 'n', 'stop');
      await Promise.all(ends);
      t.same(
        got.map(Number).sort((a, b) => a - b),
        Array.from({ length: made }, (_each, at) => at),
        'each event once',
      );
      const [pending] = (await producer.redis.xpending('events', 'workers')) as [number];
      t.equal(pending, 0, 'all were acknowledged');
      t.same([...consumers.troubles(), ...producer.troubles], []);
    });

    await t.test('messages on channels and patterns', async (t) => {
      const subscriber = await connect(t, stage, { protocol });
      const publisher = await connect(t, stage, { protocol });
      const heard: number[] = [];
      const matched: number[] = [];
      subscriber.redis.on('message', (_channel, message) => heard.push(Number(message)));
      subscriber.redis.on('pmessage', (_pattern, _channel, message) => matched.push(Number(message)));
      await subscriber.redis.subscribe('news');
      await subscriber.redis.psubscribe('n?ws');
      let said = 0;
      await workWhileMoving(t, stage, 1, async () => {
        await publisher.redis.publish('news', String(said++));
      });
      await until('all is heard', () => heard.length >= said && matched.length >= said);
      const all = Array.from({ length: said }, (_each, at) => at);
      t.same(heard, all);
      t.same(matched, all);
      t.equal(await subscriber.redis.unsubscribe('news'), 1);
      t.same([...subscriber.troubles, ...publisher.troubles], []);
    });

    await t.test('values that are too large to share a connection', async (t) => {
      const pool = await connectAll(t, stage, 3, { protocol });
      const value = Buffer.alloc(300 * 1024, 'holdfast ');
      await workWhileMoving(t, stage, 3, async (loop) => {
        const redis = pool.of(loop);
        await redis.set(`large:${loop}`, value);
        const found = await redis.getBuffer(`large:${loop}`);
        if (found === null || !found.equals(value)) throw new Error('another value');
      });
      t.same(pool.troubles(), []);
    });

    await t.test('connects again by itself when its connection is killed', async (t) => {
      const { redis, troubles } = await connect(t, stage, { protocol, connectionName: 'victim', db: 2 });
      const subscriber = await connect(t, stage, { protocol, connectionName: 'listener' });
      const heard: string[] = [];
      subscriber.redis.on('message', (_channel, message) => heard.push(message));
      await subscriber.redis.subscribe('alarm');
      for (const connection of [redis, subscriber.redis]) {
        const list = String(await stage.client.call('CLIENT', 'LIST'));
        const id = new RegExp(`id=(\\d+) [^\n]*name=${connection.options.connectionName} `).exec(list)?.[1] ?? '';
        const close = once(connection, 'close');
        t.equal(await stage.client.call('CLIENT', 'KILL', 'ID', id), ':1\r\n');
        await close;
      }
      await redis.set('after', 'the kill');
      t.equal(await redis.client('GETNAME'), 'victim');
      t.equal(await stage.client.call('GET', 'after'), '$-1\r\n', 'in its own database');
      await until('it listens again', async () => (await redis.publish('alarm', 'again')) === 1);
      await until('it hears', () => heard.includes('again'));
      t.same(troubles, ['closed']);
    });
  });
}

void t.test('ioredis waits for a Holdfast that is started anew', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { redis } = await connect(t, stage, { maxRetriesPerRequest: null });
  await redis.set('key', 'before');
  const closed = once(redis, 'close');
  await stage.holdfast.dispose();
  await closed;
  const waiting = [redis.get('key'), redis.set('key', 'after'), redis.get('key')];
  const flags = [`--listen=127.0.0.1:${stage.holdfast.port}`];
  const next = await ServeProcess.start({ nodes: stage.shard.ids, flags });
  t.teardown(() => next.dispose());
  t.same(await Promise.all(waiting), ['before', 'OK', 'after']);
});
