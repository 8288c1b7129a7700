import t from 'tap';
import type { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { startKvrocksCluster } from '../../support/kvrocks/kvrocks-shard.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';

const FLAGS = ['--topology=kvrocks-cluster', '--align-promotion=no', '--preflight-timeout-ms=30000'];
const PATIENCE = ['SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '60000'];

const [ours, theirs] = await startKvrocksCluster(2, 1);
if (ours === undefined || theirs === undefined) throw new Error('two shards are wanted');
t.teardown(() => Promise.all([ours.dispose(), theirs.dispose()]));
const holdfast = await ServeProcess.start({ nodes: ours.ids, flags: FLAGS });
t.teardown(() => holdfast.dispose());
const all = [...ours.nodes, ...theirs.nodes];

/** Settles when all nodes know one topology of that version. */
async function agreed(version: number): Promise<void> {
  await until(`all nodes have version ${version}`, () => all.every(({ cluster }) => cluster?.version === version));
  const [first] = all;
  await until('all nodes know the same', () => all.every(({ cluster }) => cluster?.lines === first?.cluster?.lines));
}

/** The lines with the two roles of a shard exchanged, as somebody else would tell them. */
function exchanged(nodes: readonly KvrocksDouble[]): string {
  const [master, replica] = [...nodes]
    .sort((a) => (a.master === null ? -1 : 1))
    .map(({ cluster }) => cluster?.myId ?? '');
  const lines = nodes[0]?.cluster?.lines ?? '';
  return lines
    .split('\n')
    .map((line) => {
      const [id = '', host, port, , , ...slots] = line.split(' ');
      if (id === master) return `${id} ${host} ${port} slave ${replica}`;
      if (id !== replica) return line;
      const of = lines.split('\n').find((each) => each.startsWith(master ?? ''));
      return [id, host, port, 'master', '-', ...(of?.split(' ').slice(5) ?? slots)].join(' ');
    })
    .join('\n');
}

await t.test('a node that was down during a switch is told when it is back', async (t) => {
  const [, down] = theirs.nodes;
  await down?.stop();
  const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(ours.ids[1] ?? ''), ...PATIENCE);
  t.equal(answer.text('outcome'), 'switched');
  t.equal(down?.cluster?.version, 1);
  await down?.startAgain();
  await agreed(2);
});

await t.test('a candidate that missed a version is told before the switch', async (t) => {
  const [candidate] = ours.nodes;
  if (candidate?.cluster === null || candidate === undefined) throw new Error('no candidate');
  candidate.cluster.version = 1;
  const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(candidate.id), ...PATIENCE);
  t.equal(answer.text('outcome'), 'switched');
  await agreed(3);
});

await t.test('two shards that were switched in the same moment come to one topology', async (t) => {
  for (const shard of [ours, theirs]) {
    const lines = exchanged(shard.nodes);
    for (const node of shard.nodes) {
      t.equal(node.cluster?.setNodes(lines, 4, false, node.port), 'changed');
      await node.takeClusterRole();
    }
  }
  const masters = all.filter(({ master }) => master === null);
  await agreed(5);
  for (const node of all) t.equal(node.master === null, masters.includes(node), 'each shard keeps its own master');
  const served = masters.find((node) => ours.nodes.includes(node));
  await until('the new master is served', async () => (await holdfast.fields('STATUS')).text('master') === served?.id);
});
