import t from 'tap';
import { startKvrocksCluster } from '../../support/kvrocks/kvrocks-shard.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';

await t.test('nodes with a password: those of the other shards are told too', async (t) => {
  const shards = await startKvrocksCluster(2, 1, { requirepass: 'secret' });
  t.teardown(() => Promise.all(shards.map((shard) => shard.dispose())));
  const [shard] = shards;
  const holdfast = await ServeProcess.start({
    nodes: shard?.ids ?? [],
    flags: ['--topology=kvrocks-cluster', '--align-promotion=no', '--node-password=secret'],
  });
  t.teardown(() => holdfast.dispose());
  const to = hostAndPort(shard?.ids[1] ?? '');
  t.equal(await holdfast.refusal('SWITCHOVER', 'TO', ...to, 'SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '60000'), '');
  const nodes = shards.flatMap((each) => each.nodes);
  await until('all know it', () => nodes.every(({ cluster }) => cluster?.version === 2));
});
