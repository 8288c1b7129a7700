import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { LoadProcess } from '../../../bench/load/load-process.js';
import type { LoadProgress } from '../../../bench/load/messages.js';
import { monotonicMs } from '../../../bench/load/monotonic.js';
import { DEFAULT_LOAD, type LoadSettings } from '../../../bench/load/settings.js';
import { RedisServer } from '../../support/redis-server.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

function settings(target: string, changed: Partial<LoadSettings> = {}): LoadSettings {
  return { ...DEFAULT_LOAD, target, connections: 3, rate: 4_000, size: 64, ...changed };
}

/** Starts a load and waits until it has done some work. */
async function loaded(from: LoadSettings): Promise<LoadProcess> {
  const load = await LoadProcess.start(from);
  await progressed(load, 1_000);
  return load;
}

async function progressed(load: LoadProcess, writes: number): Promise<LoadProgress> {
  let last: LoadProgress | undefined;
  const take = (progress: LoadProgress): void => {
    last = progress;
  };
  load.events.on('progress', take);
  await until(`${writes} writes are acknowledged`, () => (last?.acknowledgedWrites ?? -1) >= writes);
  load.events.off('progress', take);
  if (last === undefined) throw new Error('no progress');
  return last;
}

/** Whether a child process has not become a zombie yet. */
function isRunning(pid: number): boolean {
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

await t.test('a sound server gets a clean verdict', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const load = await loaded(settings(server.id));
  const report = await load.finish(server.id);
  t.match(report, { lost: 0, doubled: 0, outOfOrder: 0, staleReads: 0, crossed: 0, ranThoughRefused: 0 });
  t.match(report, { errors: 0, disconnects: 0, unknown: 0 });
  t.ok(report.acknowledgedWrites >= 1_000);
  t.ok(report.acknowledgedReads > 0);
});

await t.test('what is taken away, doubled or put out of order behind its back is found', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const load = await loaded(settings(server.id));
  await server.send('DECRBY', 'hf:0000:counter', '2');
  await server.send('INCR', 'hf:0001:counter');
  await server.send('LPOP', 'hf:0002:list');
  await server.send('LMOVE', 'hf:0001:list', 'hf:0001:list', 'LEFT', 'RIGHT');
  const report = await load.finish(server.id);
  t.ok(report.lost >= 3, `lost ${report.lost}`);
  t.ok(report.doubled >= 1, `doubled ${report.doubled}`);
  t.ok(report.outOfOrder >= 1, `out of order ${report.outOfOrder}`);
});

await t.test('a broken connection leaves unknown writes and is counted', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const load = await loaded(settings(server.id));
  await server.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await progressed(load, 2_000);
  const report = await load.finish(server.id);
  t.equal(report.disconnects, 3);
  t.match(report, { lost: 0, doubled: 0 });
});

await t.test(
  'clients that follow the master go where it is announced, and count what READONLY cost them',
  async (t) => {
    const shard = await startShard({ replicas: 1 });
    t.teardown(() => shard.dispose());
    const [replica] = shard.replicas;
    if (replica === undefined) throw new Error('no replica');
    const load = await loaded(settings(shard.master.id, { follow: true }));
    load.announce(replica.id);
    await replica.send('REPLICAOF', 'NO', 'ONE');
    await shard.master.send('REPLICAOF', replica.host, String(replica.port));
    await progressed(load, 2_000);
    const report = await load.finish(replica.id);
    t.equal(report.reconnects, 3);
    t.ok(report.errors >= 3, `errors ${report.errors}`);
    t.match(Object.keys(report.errorTexts).join(), /READONLY/);
  },
);

await t.test('a stall is seen in the window in which it happened', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const load = await loaded(settings(server.id));
  const fromMs = monotonicMs();
  await server.send('CLIENT', 'PAUSE', '120', 'WRITE');
  await progressed(load, (await progressed(load, 0)).acknowledgedWrites + 300);
  const window = await load.window(fromMs, monotonicMs());
  t.ok(window.maxWaitMs >= 100, `wait ${window.maxWaitMs}`);
  t.ok(window.maxGapMs >= 100, `gap ${window.maxGapMs}`);
  await load.stop();
});

await t.test('a stall that outlasts a window is in it as a whole, once all is answered', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const load = await loaded(settings(server.id));
  await server.send('CLIENT', 'PAUSE', '60000', 'WRITE');
  await until('a write waits', async () => Number((await server.info('clients')).get('blocked_clients')) > 0);
  const fromMs = monotonicMs();
  const drained = load.drain();
  await delay(100);
  const leastMs = monotonicMs() - fromMs;
  await server.send('CLIENT', 'UNPAUSE');
  await drained;
  const window = await load.window(fromMs + 20, fromMs + 30);
  t.ok(window.maxWaitMs >= leastMs - 1, `wait ${window.maxWaitMs}, paused for ${leastMs}`);
  t.ok(window.maxGapMs >= leastMs - 1, `gap ${window.maxGapMs}`);
  t.match(await load.finish(server.id), { lost: 0, doubled: 0, errors: 0, unknown: 0 });
});

await t.test('a target that does not listen fails the start', async (t) => {
  const server = await RedisServer.start();
  await server.dispose();
  await t.rejects(LoadProcess.start(settings(server.id)), /ECONNREFUSED/);
});

await t.test('a load process that was killed is an error, not a wait for ever', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const load = await loaded(settings(server.id));
  const asked = load.window(0, 1);
  if (load.pid !== undefined) process.kill(load.pid, 'SIGKILL');
  await asked.catch(() => {});
  await t.rejects(load.finish(server.id), /the load process ended \(SIGKILL\)/);
});

await t.test('so is one that is gone before anybody has noticed', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const load = await loaded(settings(server.id));
  if (load.pid === undefined) throw new Error('no process');
  process.kill(load.pid, 'SIGKILL');
  // In one turn of the event loop: its end must not have been reported yet when it is asked something.
  while (isRunning(load.pid));
  await t.rejects(load.finish(server.id), /the load process ended \(SIGKILL\)/);
});

await t.test('writes that a node promoted too early does not have are lost', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('no replica');
  const load = await loaded(settings(shard.master.id));
  await replica.send('REPLICAOF', 'NO', 'ONE');
  await progressed(load, (await progressed(load, 0)).acknowledgedWrites + 1_000);
  const report = await load.finish(replica.id);
  t.ok(report.lost > 0);
  t.match(report, { doubled: 0, errors: 0, disconnects: 0 });
});
