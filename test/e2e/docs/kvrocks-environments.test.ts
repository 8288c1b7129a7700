import t from 'tap';
import { storedCluster } from '../../support/kvrocks-controller/controlled-stage.js';
import { Controllers } from '../../support/kvrocks-controller/controllers.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { tryPage } from './support/try-page.js';

void t.test('the configuration of kvrocks.md', async (t) => {
  const shard = await startKvrocksShard(2);
  t.teardown(() => shard.dispose());
  await tryPage(t, 'kvrocks.md', shard, (node) => node.server);
});

void t.test('the configuration of kvrocks-cluster.md', async (t) => {
  const shard = await startKvrocksShard(1, { cluster: true });
  t.teardown(() => shard.dispose());
  await tryPage(t, 'kvrocks-cluster.md', shard, (node) => node.server);
});

void t.test('the configuration of kvrocks-controller.md', async (t) => {
  const shard = await startKvrocksShard(1, { cluster: true });
  t.teardown(() => shard.dispose());
  const controllers = await Controllers.start(3, storedCluster([shard], 'orders'), {}, 'production');
  t.teardown(() => controllers.dispose());
  await tryPage(t, 'kvrocks-controller.md', shard, (node) => node.server, { addresses: controllers.addresses });
  t.equal(controllers.leader.failoversAsked, 2);
});
