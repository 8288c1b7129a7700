import t from 'tap';
import { inCluster } from '../../support/kvrocks/cluster-double.js';
import { startControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { hostAndPort, lastEntry } from '../../support/stage.js';
import { WriteLoad } from '../../support/write-load.js';

await t.test('the controller takes another node than it was asked for: that one is the master', async (t) => {
  const { controllers, shard, holdfast } = await startControlledStage(t, { replicas: 2 });
  const [, asked, other] = shard.nodes.map(inCluster);
  if (asked === undefined || other === undefined) throw new Error('three nodes are wanted');
  controllers.leader.unfit.add(asked.cluster.myId);
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 5);
  await load.acknowledged(50);
  const patience = ['SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '60000'];
  t.equal(await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(asked.id), ...patience), '');
  await load.acknowledged(50);
  const entry = await lastEntry(holdfast);
  t.equal(entry.text('outcome'), 'switched');
  t.equal(entry.text('settled'), 'yes');
  t.equal(entry.text('new_master'), other.id);
  t.match(entry.list('notes'), [`the owner of the roles has promoted ${other.id} instead of ${asked.id}`]);
  t.equal((await holdfast.fields('STATUS')).text('master'), other.id);
  t.equal(other.master, null);
  await expectAllOnce(t, { holdfast, load, server: other.server });
});
