import t, { type Test } from 'tap';
import { storedCluster } from '../../support/kvrocks-controller/controlled-stage.js';
import { Controllers } from '../../support/kvrocks-controller/controllers.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { pageConfiguration } from '../../support/page-configuration.js';
import { startRedisCluster } from '../../support/redis-cluster.js';
import type { RedisServer } from '../../support/redis-server.js';
import { NO_SENTINEL, Sentinels } from '../../support/sentinels.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startShard } from '../../support/shard.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { WriteLoad } from '../../support/write-load.js';

/** Two switchovers under load with the configuration that the page shows, and nothing else but addresses and patience. */
async function tryPage<Server>(
  t: Test,
  page: string,
  shard: { readonly ids: readonly string[]; server(id: string): Server },
  redisBehind: (server: Server) => RedisServer,
  { addresses = [], tag = '' }: { readonly addresses?: readonly string[]; readonly tag?: string } = {},
): Promise<void> {
  const flags = [pageConfiguration(t, page), '--preflight-timeout-ms=30000', ...addresses];
  const holdfast = await ServeProcess.start({ nodes: shard.ids, flags });
  t.teardown(() => holdfast.dispose());
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 5, tag);
  const last = await switchRounds(t, { holdfast, shard }, 2, () => load.acknowledged(50));
  await load.acknowledged(50);
  await expectAllOnce(t, { holdfast, load, server: redisBehind(last) });
}

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

void t.test('the configuration of redis-cluster.md', async (t) => {
  const cluster = await startRedisCluster({ shards: [3, 1, 1] });
  t.teardown(() => cluster.dispose());
  await tryPage(t, 'redis-cluster.md', cluster.first, (server) => server, { tag: '{b}' });
});
