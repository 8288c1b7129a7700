import t from 'tap';
import { inCluster } from '../../support/kvrocks/cluster-double.js';
import { startKvrocksCluster, startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';

async function refusal(nodes: readonly string[], to: string | undefined, topology: string): Promise<string> {
  const holdfast = await ServeProcess.launch({ nodes, flags: [`--topology=${topology}`] });
  try {
    await holdfast.listening();
    return await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to ?? ''));
  } finally {
    await holdfast.dispose();
  }
}

const [shard, other] = await startKvrocksCluster(2, 1);
if (shard === undefined || other === undefined) throw new Error('two shards are wanted');
t.teardown(() => Promise.all([shard.dispose(), other.dispose()]));
const [master, replica] = shard.ids;

await t.test('a node of another shard', async (t) => {
  t.match(
    await refusal([...shard.ids, other.ids[1] ?? ''], replica, 'kvrocks-cluster'),
    /^REFUSED owner-disagrees .* is not in the shard of /,
  );
});

await t.test('a node by another name than the topology has', async (t) => {
  const byName = [master, replica].map((id) => id?.replace('127.0.0.1', 'localhost') ?? '');
  t.match(
    await refusal(byName, byName[1], 'kvrocks-cluster'),
    /^REFUSED owner-disagrees .*does not know localhost:\d+ by this address/,
  );
});

/** As `CLUSTER INFO` of Kvrocks has it. */
const MIGRATION = `migrating_slot(s): 10-20\r\ndestination_node: ${'b'.repeat(40)}\r\nmigrating_state: start\r\n`;

await t.test('slots are on their way', async (t) => {
  for (const [node, words] of [
    [shard.nodes[0], /^REFUSED owner-refuses .*slots of .* are on their way/],
    [other.nodes[0], /^REFUSED not-arranged .*slots are on their way there/],
  ] as const) {
    const { cluster } = inCluster(node ?? shard.server(''));
    cluster.migration = MIGRATION;
    t.match(await refusal(shard.ids, replica, 'kvrocks-cluster'), words);
    cluster.migration = '';
  }
});

await t.test('nodes that are in no cluster', async (t) => {
  const alone = await startKvrocksShard(1);
  t.teardown(() => alone.dispose());
  t.match(await refusal(alone.ids, alone.ids[1], 'kvrocks-cluster'), /^REFUSED wrong-topology /);
});

await t.test('a cluster, and nobody said so', async (t) => {
  t.match(
    await refusal(shard.ids, replica, 'direct'),
    /^REFUSED managed-elsewhere .*set topology to kvrocks-controller, or kvrocks-cluster where no controller runs/,
  );
});
