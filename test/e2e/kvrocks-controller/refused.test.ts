import t, { type Test } from 'tap';
import { startControlledStage, type ControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import type { StoredCluster } from '../../support/kvrocks-controller/controller-store.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';

const stage = await startControlledStage(t, { replicas: 1, prober: { probeIntervalMs: 600_000 } });

/** What SWITCHOVER to the replica is refused with when the controller's topology has been changed so; the nodes stay as they are. */
async function refusal(t: Test, change: (cluster: StoredCluster) => void): Promise<string> {
  const { controllers, shard, holdfast }: ControlledStage = stage;
  const before = controllers.store.read();
  const changed = controllers.store.read();
  change(changed);
  controllers.store.adopt(changed);
  try {
    return await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(shard.ids[1] ?? ''));
  } finally {
    controllers.store.put(before);
    t.equal(controllers.leader.failoversAsked, 0, 'it was not asked for anything');
  }
}

await t.test('the nodes are no shard of the cluster', async (t) => {
  t.match(
    await refusal(t, ({ shards }) =>
      shards[0]?.nodes.forEach((node, index, nodes) => (nodes[index] = { ...node, addr: 'elsewhere:1' })),
    ),
    /^REFUSED owner-disagrees .*it has no node 127\.0\.0\.1:\d+ \(by this address\)/,
  );
  t.match(
    await refusal(t, ({ shards }) => void shards[0]?.nodes.pop()),
    /^REFUSED owner-disagrees .* is not in shard 0/,
  );
});

await t.test('a node calls itself otherwise', async (t) => {
  const rename = ({ shards }: StoredCluster): void => {
    const nodes = shards[0]?.nodes ?? [];
    nodes.splice(1, 1, ...nodes.slice(1).map((node) => ({ ...node, id: 'f'.repeat(40) })));
  };
  t.match(await refusal(t, rename), /^REFUSED owner-disagrees .* calls itself \w{40}, the controller f{40}/);
});

await t.test('a node has another version', async (t) => {
  t.match(
    await refusal(t, (cluster) => (cluster.version += 1)),
    /^REFUSED owner-disagrees .* has version 1 of the topology, the controller 2/,
  );
});

await t.test('it names another master', async (t) => {
  const exchange = ({ shards }: StoredCluster): void => {
    for (const node of shards[0]?.nodes ?? []) node.role = node.role === 'master' ? 'slave' : 'master';
  };
  t.match(await refusal(t, exchange), /^REFUSED owner-disagrees .*it names 127\.0\.0\.1:\d+, the master is 127/);
});

await t.test('slots are on their way', async (t) => {
  const migrate = ({ shards }: StoredCluster): void => {
    for (const shard of shards) Object.assign(shard, { migrating_slot: '5', target_shard_index: 1 });
  };
  t.match(await refusal(t, migrate), /^REFUSED owner-refuses .*slots of shard 0 are on their way/);
});

await t.test('a dry run only reads', async (t) => {
  const { controllers, shard, holdfast } = stage;
  const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(shard.ids[1] ?? ''), 'DRYRUN');
  t.equal(answer.text('outcome'), 'would-switch');
  t.equal(controllers.leader.failoversAsked, 0);
});

await t.test('a cluster that has a controller is not moved directly', async (t) => {
  const { shard } = stage;
  const holdfast = await ServeProcess.start({ nodes: shard.ids });
  t.teardown(() => holdfast.dispose());
  t.match(
    await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(shard.ids[1] ?? '')),
    /^REFUSED managed-elsewhere .*set topology to kvrocks-controller/,
  );
});

await t.test('no controller answers; what it named last is served on', async (t) => {
  const { controllers, shard, holdfast } = stage;
  controllers.dispose();
  t.match(
    await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(shard.ids[1] ?? '')),
    /^REFUSED owner-unreachable .*ECONNREFUSED/,
  );
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('SET', 'x', '1'), '+OK\r\n');
});
