import t, { type Test } from 'tap';
import { ControllerClient } from '../../../src/control/controller/controller-client.js';
import { runFailover, type FailoverOutcome } from '../../../src/control/controller/failover.js';
import { startOwnedCluster } from '../../support/kvrocks-controller/controlled-stage.js';
import type { ControllerDouble } from '../../support/kvrocks-controller/controller-double.js';
import type { Controllers } from '../../support/kvrocks-controller/controllers.js';
import { until } from '../../support/until.js';
import { freePort } from '../../support/free-port.js';

const OPTIONS = { force_on_timeout: false, sync_timeout_ms: 1000, pause_timeout_ms: 5000 };

interface Scene {
  readonly controllers: Controllers;
  readonly leader: ControllerDouble;
}

const { controllers, shard } = await startOwnedCluster(t, { controllers: 2, prober: { probeIntervalMs: 600_000 } });
const [first, second] = shard.nodes;
if (first === undefined || second === undefined) throw new Error('two nodes are wanted');

/**
 * Whether the node that is stored as the replica follows the one that is stored as the master. Both sides are asked: a replica that came
 * before its master was promoted has been thrown out, and may not know it yet.
 */
async function areAsStored(): Promise<boolean> {
  const stored = controllers.store.read().shards[0]?.nodes ?? [];
  const [master, replica] = ['master', 'slave'].map((role) => {
    const address = stored.find((node) => node.role === role)?.addr;
    return shard.nodes.find(({ id }) => id === address);
  });
  if (master?.link !== null || replica?.link?.state !== 'up' || replica.master !== master) return false;
  const [above, below] = await Promise.all([master, replica].map(({ behind }) => behind.info('replication')));
  return (above?.get('slave0') ?? '').includes('state=online') && below?.get('master_link_status') === 'up';
}

/** Asks for a failover to whoever is no master, with the first controller leading, and puts everything back. */
async function fail(
  t: Test,
  prepare: (scene: Scene) => Promise<string | void> | string | void,
): Promise<FailoverOutcome> {
  for (const controller of controllers.all) {
    controller.onStep = () => undefined;
    controller.onFailover = () => undefined;
    controller.followsThrough = true;
  }
  controllers.store.mood = 'well';
  controllers.elect(0);
  // Nodes that were not told are told before the next one.
  await controllers.leader.probe();
  await until('the roles are as stored', areAsStored);
  const client = new ControllerClient({
    endpoints: controllers.endpoints,
    namespace: 'test-ns',
    cluster: 'test-cluster',
  });
  t.teardown(() => client.close());
  const { cluster, leader } = await client.read(5000);
  const [owned] = cluster.shards;
  const [from, to] = ['master', 'replica'].map((role) => owned?.nodes.find((node) => node.role === role)?.id ?? '');
  const asked = (await prepare({ controllers, leader: controllers.at(0) })) ?? leader;
  return runFailover(
    client,
    { leader: asked, shard: 0, version: cluster.version, from: from ?? '', to: to ?? '' },
    OPTIONS,
  );
}

/** How often the topology was changed, and how many requests were made, by what is done. */
async function counting(work: () => Promise<FailoverOutcome>): Promise<readonly [FailoverOutcome, number, number]> {
  const count = (): number => controllers.all.reduce((sum, { failoversAsked }) => sum + failoversAsked, 0);
  const [version, asked] = [controllers.store.read().version, count()];
  const outcome = await work();
  return [outcome, controllers.store.read().version - version, count() - asked];
}

await t.test('the leader is asked once, and does it', async (t) => {
  t.same(await counting(() => fail(t, () => undefined)), [{ type: 'promoted' }, 1, 1]);
});

await t.test('what the controller finds wrong was not done', async (t) => {
  const [outcome, changes] = await counting(() => fail(t, () => void (controllers.store.leader = '')));
  t.same(outcome, { type: 'not-done', why: 'no leader now, please retry later' });
  t.equal(changes, 0);
});

await t.test('an error of the controller: its topology tells whether it was done', async (t) => {
  t.match(await counting(() => fail(t, () => void (controllers.store.mood = 'refusing'))), [
    { type: 'not-done', why: 'etcdserver: request timed out' },
    0,
    1,
  ]);
  t.match(await counting(() => fail(t, () => void (controllers.store.mood = 'losing-answers'))), [
    { type: 'promoted' },
    1,
    1,
  ]);
});

await t.test('a leader that has changed: the one that was asked may have run it', async (t) => {
  const handOver = ({ leader }: Scene): void => {
    leader.onFailover = () => controllers.elect(1);
  };
  t.same(await counting(() => fail(t, handOver)), [{ type: 'promoted' }, 1, 1], 'the follower ran it');
  const stopThere = (scene: Scene): void => {
    handOver(scene);
    scene.leader.followsThrough = false;
  };
  t.same(await counting(() => fail(t, stopThere)), [{ type: 'promoted' }, 1, 1], 'the leader ran it');
});

await t.test('a controller that nobody reaches has run nothing: the one that leads now is asked', async (t) => {
  t.same(await counting(() => fail(t, async () => `http://127.0.0.1:${await freePort()}`)), [
    { type: 'promoted' },
    1,
    1,
  ]);
});

await t.test('another node than the one that was asked for is said to be another one', async (t) => {
  const [outcome] = await counting(() =>
    fail(t, () => {
      const cluster = controllers.store.read();
      const replica = cluster.shards[0]?.nodes.find(({ role }) => role === 'slave');
      if (replica === undefined) throw new Error('no replica');
      // Somebody has put another node in its place.
      cluster.shards[0]?.nodes.splice(cluster.shards[0].nodes.indexOf(replica), 1, { ...replica, id: 'f'.repeat(40) });
      controllers.store.adopt(cluster);
    }),
  );
  t.same(outcome, { type: 'replaced', node: 'f'.repeat(40) });
});
