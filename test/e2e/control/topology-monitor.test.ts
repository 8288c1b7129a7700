import t, { type Test } from 'tap';
import { ControlNode } from '../../../src/control/control-node.js';
import { systemClock } from '../../../src/control/system-clock.js';
import { TopologyMonitor } from '../../../src/control/topology-monitor.js';
import type { NodeView } from '../../../src/admin/ports.js';
import { RedisServer } from '../../support/redis-server.js';
import { follow, startShard, type ShardOptions } from '../../support/shard.js';
import { until } from '../../support/until.js';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

function monitorOf(t: Test, ids: readonly string[]) {
  const masters: (string | null)[] = [];
  const monitor = new TopologyMonitor({
    nodes: ids.map((id) => new ControlNode(id)),
    listener: {
      masterChanged: (master) => masters.push(master),
      problemChanged: () => undefined,
      returned: () => undefined,
    },
    clock: systemClock,
    log: SILENT,
    source: null,
    intervalMs: 10,
    timeoutMs: 200,
  });
  t.teardown(() => monitor.stop());
  const view = (id: string): NodeView => {
    const found = monitor.nodes().find(({ node }) => node === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  };
  const shows = (id: string, problem: RegExp) =>
    until(`${id} has the problem ${problem}`, () => problem.test(view(id).problem));
  const serves = (id: string | null) => until(`${id} is served`, () => monitor.master() === id);
  return { monitor, masters, view, shows, serves };
}

async function startWatched(t: Test, options: ShardOptions) {
  const shard = await startShard(options);
  t.teardown(() => shard.dispose());
  const watched = monitorOf(t, shard.ids);
  watched.monitor.start();
  await watched.serves(shard.master.id);
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a shard with a replica');
  return { ...watched, shard, replica };
}

void t.test('a master that dies and comes back', async (t) => {
  const { shard, serves, shows, masters } = await startWatched(t, { replicas: 1 });
  await shard.master.kill();
  await serves(null);
  await shows(shard.master.id, /^connection refused$/);
  await shard.master.restart();
  await serves(shard.master.id);
  await shows(shard.master.id, /^$/);
  t.same(masters, [shard.master.id, null, shard.master.id]);
});

void t.test('a frozen master, and the same when it goes on', async (t) => {
  const { shard, serves, shows } = await startWatched(t, { replicas: 1 });
  await shard.master.freeze();
  await serves(null);
  await shows(shard.master.id, /answer|within/);
  shard.master.resume();
  await serves(shard.master.id);
});

void t.test("somebody else's failover is followed", async (t) => {
  const { shard, replica, serves, shows } = await startWatched(t, { replicas: 1 });
  await replica.send('REPLICAOF', 'NO', 'ONE');
  await serves(null);
  await shows(replica.id, /one of several masters/);
  await follow(shard.master, replica);
  await serves(replica.id);
});

void t.test('a node with another password', async (t) => {
  const shard = await startShard({ replicas: 0 });
  const stranger = await RedisServer.start({ requirepass: 'secret' });
  t.teardown(() => Promise.all([shard.dispose(), stranger.dispose()]));
  const { monitor, serves, shows } = monitorOf(t, [shard.master.id, stranger.id]);
  monitor.start();
  await serves(shard.master.id);
  await shows(stranger.id, /^NOAUTH/);
});

void t.test('a replica of somebody else', async (t) => {
  const shard = await startShard({ replicas: 0 });
  const other = await startShard({ replicas: 1 });
  t.teardown(() => Promise.all([shard.dispose(), other.dispose()]));
  const [stray] = other.replicas;
  if (stray === undefined) throw new Error('a shard with a replica');
  const { monitor, serves, shows } = monitorOf(t, [shard.master.id, stray.id]);
  monitor.start();
  await serves(shard.master.id);
  await shows(stray.id, new RegExp(`^not in this shard: it follows ${other.master.id}$`));
});

void t.test('a replica that loses its link', async (t) => {
  const { shard, replica, shows } = await startWatched(t, { replicas: 1 });
  await replica.send('REPLICAOF', '127.0.0.1', '1');
  await shows(replica.id, /^not in this shard: it follows 127\.0\.0\.1:1$/);
  await follow(replica, shard.master);
  await shows(replica.id, /^$/);
});

void t.test('a replica that loads its data set', async (t) => {
  // Slow enough to be seen, and the server looks at its connections every few keys.
  const config = { 'key-load-delay': '2000', 'loading-process-events-interval-bytes': '1024' };
  const { shard, replica, shows } = await startWatched(t, { replicas: 1, each: [{}, { config }] });
  const script = "for i = 1, 2000 do redis.call('SET', 'key:' .. i, string.rep('x', 100)) end";
  await shard.master.send('EVAL', script, '0');
  await shard.inSync();
  await replica.send('SAVE');
  await replica.kill();
  const restarted = t.rejects(replica.restart(), /ended while it was starting/);
  await shows(replica.id, /^loading$/);
  await replica.kill();
  await restarted;
});
