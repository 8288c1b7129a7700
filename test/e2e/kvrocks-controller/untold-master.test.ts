import t from 'tap';
import { inCluster } from '../../support/kvrocks/cluster-double.js';
import { startControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

await t.test('the controller could not tell the old master: it stays paused until the prober has', async (t) => {
  const { controllers, shard, holdfast } = await startControlledStage(t, { prober: { probeIntervalMs: 600_000 } });
  const [master, candidate] = shard.nodes.map(inCluster);
  if (master === undefined || candidate === undefined) throw new Error('two nodes are wanted');
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 5);
  await load.acknowledged(50);
  const { cluster } = master;
  const set = cluster.setNodes.bind(cluster);
  cluster.setNodes = () => ({ error: 'ERR not now' });
  const words = holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(candidate.id), 'SYNCTIMEOUT', '10000');
  await holdfast.reaches('settling');
  await load.acknowledged(50);
  // The controller has ended the pause, as it does whatever became of it.
  await until('Holdfast has paused it anew', () => master.pause.active);
  t.match((await holdfast.fields('STATUS')).map('unsettled')[master.id], /has not demoted it yet/);
  cluster.setNodes = set;
  await controllers.leader.probe();
  t.equal(await words, '', 'switched');
  await until('it follows', () => master.master === candidate);
  await until('the pause has ended', () => !master.pause.active);
  t.equal(controllers.leader.failoversAsked, 1);
  await expectAllOnce(t, { holdfast, load, server: candidate.server });
});
