import t, { type Test } from 'tap';
import { ControlNode } from '../../../src/control/control-node.js';
import { SentinelWatch } from '../../../src/control/sentinel/sentinel-watch.js';
import { systemClock } from '../../../src/control/system-clock.js';
import { TopologyMonitor } from '../../../src/control/topology-monitor.js';
import { freePort } from '../../support/free-port.js';
import { startShard } from '../../support/shard.js';
import { MASTER_NAME, NO_SENTINEL, Sentinels, type SentinelOptions } from '../../support/sentinels.js';
import { until } from '../../support/until.js';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

interface WatchedOptions extends SentinelOptions {
  readonly masterName?: string;
  /** Between two rounds: an hour, where only the Sentinels' messages may begin one. */
  readonly intervalMs?: number;
  /** How the configuration spells the host of the nodes. */
  readonly host?: string;
}

async function startWatched(t: Test, options: WatchedOptions = {}) {
  const { masterName = MASTER_NAME, intervalMs = 20, host = '127.0.0.1', ...sentinelOptions } = options;
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const sentinels = await Sentinels.start(shard, sentinelOptions);
  t.teardown(() => sentinels.dispose());
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a shard with a replica');

  const nodes = shard.servers.map(({ port }) => `${host}:${port}`);
  const log = SILENT;
  const clock = systemClock;
  const source = new SentinelWatch({
    // Nobody listens on the first of them: one more that is dead.
    sentinels: [`127.0.0.1:${await freePort()}`, ...sentinels.ids],
    masterName,
    credentials: sentinelOptions.requirepass === undefined ? {} : { password: sentinelOptions.requirepass },
    nodes,
    clock,
    log,
    timeoutMs: 500,
  });
  const masters: (string | null)[] = [];
  const monitor = new TopologyMonitor({
    nodes: nodes.map((id) => new ControlNode(id)),
    source,
    listener: {
      masterChanged: (master) => masters.push(master),
      returned: () => undefined,
      problemChanged: () => undefined,
    },
    clock,
    log,
    intervalMs,
    timeoutMs: 500,
  });
  t.teardown(() => monitor.stop());
  monitor.start();
  const serves = (id: string | null) => until(`${id} is served`, () => monitor.master() === id);
  const saysProblem = (problem: RegExp) => until(`the problem ${problem}`, () => problem.test(monitor.problem()));
  return { shard, replica, sentinels, monitor, masters, nodes, serves, saysProblem };
}

void t.test('a master that dies: the one that the Sentinels promote is followed', { skip: NO_SENTINEL }, async (t) => {
  const { shard, replica, sentinels, monitor, masters, serves } = await startWatched(t, {
    downAfterMs: 1_500,
    // Two that want to be elected at once try again soon.
    failoverTimeoutMs: 2_000,
  });
  await serves(shard.master.id);
  await sentinels.servers[0]?.kill();
  await shard.master.kill();
  await serves(replica.id);
  t.same(masters, [shard.master.id, null, replica.id]);

  // It comes back as what it was, and nobody but itself thinks so.
  await shard.master.restart();
  await until('it has been seen', () =>
    monitor.nodes().some(({ node, role }) => node === shard.master.id && role !== 'unknown'),
  );
  await until('the Sentinels make it follow', async () => {
    return (await shard.master.info('replication')).get('role') === 'slave';
  });
  t.same(masters, [shard.master.id, null, replica.id], 'which takes the master from nobody');
});

void t.test('a message is enough to look at once', { skip: NO_SENTINEL }, async (t) => {
  const { shard, replica, sentinels, masters, serves } = await startWatched(t, { intervalMs: 3_600_000 });
  await serves(shard.master.id);
  await sentinels.servers[1]?.send('SENTINEL', 'FAILOVER', MASTER_NAME);
  await serves(replica.id);
  t.equal(masters.at(-1), replica.id);
});

void t.test('Sentinels with a password', { skip: NO_SENTINEL }, async (t) => {
  const { shard, serves, masters } = await startWatched(t, { requirepass: 'secret' });
  await serves(shard.master.id);
  t.same(masters, [shard.master.id]);
});

void t.test('a node that the Sentinels spell otherwise', { skip: NO_SENTINEL }, async (t) => {
  const { nodes, serves, masters } = await startWatched(t, { count: 1, host: 'localhost' });
  await serves(nodes[0] ?? null);
  t.same(masters, nodes.slice(0, 1));
});

void t.test('a name that no Sentinel knows', { skip: NO_SENTINEL }, async (t) => {
  const { saysProblem, monitor } = await startWatched(t, { count: 1, masterName: 'nobody' });
  await saysProblem(/no Sentinel names a master: .*No such master with that name/);
  t.equal(monitor.master(), null);
});
