import t from 'tap';
import { startRedisCluster } from '../../support/redis-cluster.js';
import { NO_SENTINEL, Sentinels } from '../../support/sentinels.js';
import { startShard } from '../../support/shard.js';
import { tryPage } from './support/try-page.js';

void t.test('the configuration of redis.md', async (t) => {
  const shard = await startShard({ replicas: 2 });
  t.teardown(() => shard.dispose());
  await tryPage(t, 'redis.md', shard, (server) => server);
});

void t.test('the configuration of sentinel.md', { skip: NO_SENTINEL }, async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const sentinels = await Sentinels.start(shard, { masterName: 'orders' });
  t.teardown(() => sentinels.dispose());
  const addresses = sentinels.ids.map((id) => `--sentinel=${id}`);
  await tryPage(t, 'sentinel.md', shard, (server) => server, { addresses });
});

void t.test('the configuration of redis-cluster.md', async (t) => {
  const cluster = await startRedisCluster({ shards: [3, 1, 1] });
  t.teardown(() => cluster.dispose());
  await tryPage(t, 'redis-cluster.md', cluster.first, (server) => server, { tag: '{b}' });
});
