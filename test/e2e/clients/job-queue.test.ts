import { once } from 'node:events';
import { Redis, type Result } from 'ioredis';
import t from 'tap';
import { startStage } from '../../support/stage.js';
import { workWhileMoving } from './support/application.js';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    addJob(id: string, wait: string, payload: string): Result<number, Context>;
    finishJob(active: string, done: string, events: string, id: string): Result<number, Context>;
  }
}

/** As job queues on Redis are built: state changes are scripts, workers block, progress is a stream. */
const SCRIPTS = {
  addJob: {
    numberOfKeys: 2,
    lua: `local id = redis.call('INCR', KEYS[1])
      redis.call('HSET', 'job:' .. id, 'payload', ARGV[1])
      redis.call('LPUSH', KEYS[2], id)
      return id`,
  },
  finishJob: {
    numberOfKeys: 3,
    lua: `if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return redis.error_reply('ERR no active job ' .. ARGV[1]) end
      redis.call('ZADD', KEYS[2], ARGV[1], ARGV[1])
      redis.call('XADD', KEYS[3], '*', 'id', ARGV[1])
      return redis.call('HINCRBY', 'job:' .. ARGV[1], 'runs', 1)`,
  },
};

const WORKERS = 6;

void t.test('a job queue with scripts, blocked workers and a stream of events', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const troubles: string[] = [];
  const connect = async (): Promise<Redis> => {
    const redis = new Redis({ host: '127.0.0.1', port: stage.holdfast.port, scripts: SCRIPTS });
    redis.on('error', (error) => troubles.push(String(error))).on('close', () => troubles.push('closed'));
    t.teardown(() => redis.disconnect());
    await once(redis, 'ready');
    return redis;
  };
  const producer = await connect();
  const shared = await connect();
  const listener = await connect();

  const finished: string[] = [];
  const workers = Array.from({ length: WORKERS }, async () => {
    const blocked = await connect();
    for (;;) {
      const id = await blocked.blmove('wait', 'active', 'RIGHT', 'LEFT', 0);
      if (id === null) throw new Error('a wait without an end has ended');
      if (id === 'stop') return;
      await shared.multi().hset(`job:${id}`, 'startedBy', 'worker').hget(`job:${id}`, 'payload').exec();
      if ((await shared.finishJob('active', 'done', 'events', id)) === 1) finished.push(id);
    }
  });
  const told: string[] = [];
  const listening = (async (): Promise<void> => {
    for (let last = '0'; ;) {
      const streams = await listener.xread('COUNT', 50, 'BLOCK', 0, 'STREAMS', 'events', last);
      for (const [entry, [, id = '']] of streams?.[0]?.[1] ?? []) {
        last = entry;
        if (id === 'stop') return;
        told.push(id);
      }
    }
  })();

  let added = 0;
  await workWhileMoving(t, stage, 4, async (loop) => {
    await producer.addJob('id', 'wait', `payload ${loop}`);
    added++;
  });
  for (let at = 0; at < WORKERS; at++) await producer.lpush('wait', 'stop');
  await Promise.all(workers);
  await producer.xadd('events', '*', 'id', 'stop');
  await listening;

  const all = Array.from({ length: added }, (_each, at) => String(at + 1));
  const inOrder = (ids: readonly string[]): string[] => [...ids].sort((a, b) => Number(a) - Number(b));
  t.same(inOrder(finished), all, 'each job ran once');
  t.same(inOrder(told), all, 'each was told once');
  t.same(await producer.zrange('done', '0', '-1'), all);
  t.same(new Set(await producer.lrange('active', 0, -1)), new Set(['stop']), 'no job is left over');
  t.same(troubles, []);
});
