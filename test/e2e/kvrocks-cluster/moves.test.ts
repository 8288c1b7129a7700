import t from 'tap';
import { keySlot } from '../../support/kvrocks/key-slot.js';
import { startKvrocksCluster } from '../../support/kvrocks/kvrocks-shard.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

/** Its slot is one of the first shard's two. */
const TAG = '{b}';

await t.test('the master of a shard of a Kvrocks cluster moves under load', async (t) => {
  t.ok(keySlot(TAG) < 8192);
  const [shard, other] = await startKvrocksCluster(2, 2);
  if (shard === undefined || other === undefined) throw new Error('no shards');
  t.teardown(() => Promise.all([shard.dispose(), other.dispose()]));
  const slots = other.nodes[0]?.cluster?.slotTable;
  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    flags: ['--topology=kvrocks-cluster', '--preflight-timeout-ms=30000', '--align-promotion=no'],
  });
  t.teardown(() => holdfast.dispose());
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 10, TAG);
  const last = await switchRounds(t, { holdfast, shard }, 10, () => load.acknowledged(50));
  await load.acknowledged(50);

  const all = [...shard.nodes, ...other.nodes];
  await until('all nodes of the cluster know the last topology', () =>
    all.every(({ cluster }) => cluster?.version === 11 && cluster.lines === last.cluster?.lines),
  );
  for (const node of shard.nodes) t.equal(node.master, node === last ? null : last, 'roles are those of the topology');
  const [, theirs] = last.cluster?.slotTable ?? [];
  t.same(sorted(theirs), sorted(slots?.[1]), 'the other shard is as it was');
  for (const node of all) t.equal(node.rolesAsked, 0, 'ROLE can end the process of a Kvrocks');
  await expectAllOnce(t, { holdfast, load, server: last.server });
});

/** A row of CLUSTER SLOTS with its nodes in an order of their own: a server lists replicas in any. */
function sorted(row: unknown): unknown {
  if (!Array.isArray(row)) return row;
  return (row as readonly unknown[]).map((each) => JSON.stringify(each)).toSorted();
}
