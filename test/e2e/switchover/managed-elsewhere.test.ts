import t from 'tap';
import { NO_SENTINEL, Sentinels } from '../../support/sentinels.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startStage, touches } from '../../support/stage.js';

void t.test('a Sentinel would undo it', { skip: NO_SENTINEL }, async (t) => {
  const { shard, holdfast, client, candidate, switchover } = await startStage(t, { replicas: 1 });
  const sentinels = await Sentinels.start(shard, { count: 1 });
  t.teardown(() => sentinels.dispose());
  const before = await touches(candidate);
  t.match(await switchover(), /^REFUSED managed-elsewhere .*is watched by a Sentinel: set topology to sentinel/);
  t.equal(await touches(candidate), before);
  t.match(await client.call('INCR', 'after'), /^:/);
  t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="refused",reason="managed-elsewhere"}'), 1);

  await sentinels.dispose();
  await until('nobody watches', async () => {
    const replies = await Promise.all(shard.servers.map((each) => each.send('PUBSUB', 'NUMSUB', '__sentinel__:hello')));
    return replies.every((reply) => Array.isArray(reply) && Number(reply[1]) === 0);
  });
  t.equal(await switchover(), '', 'without it nothing is in the way');
});

void t.test('a cluster moves its masters itself', async (t) => {
  const shard = await startShard({
    replicas: 0,
    config: { 'cluster-enabled': 'yes', 'cluster-require-full-coverage': 'no' },
  });
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({ nodes: shard.ids });
  t.teardown(() => holdfast.dispose());
  t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED managed-elsewhere .*is in cluster mode/);
});
