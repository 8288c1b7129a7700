import t, { type Test } from 'tap';
import { ControllerClient } from '../../../src/control/controller/controller-client.js';
import { Controllers } from '../../support/kvrocks-controller/controllers.js';
import type { StoredCluster, StoredShard } from '../../support/kvrocks-controller/controller-store.js';
import { freePort } from '../../support/free-port.js';

const PATIENCE_MS = 5000;

function shard(letter: string, ports: readonly number[], slots: string): StoredShard {
  return {
    nodes: ports.map((port, index) => ({
      id: `${letter}${index}`.padEnd(40, '0'),
      addr: `127.0.0.1:${port}`,
      role: index === 0 ? 'master' : 'slave',
      password: '',
      created_at: 1_700_000_000,
    })),
    slot_ranges: [slots],
    target_shard_index: -1,
    migrating_slot: null,
  };
}

const CLUSTER: StoredCluster = {
  version: 7,
  name: 'test-cluster',
  shards: [shard('a', [7001, 7002], '0-8191'), shard('b', [7003], '8192-16383'), shard('c', [7004], '')],
};

async function setUp(t: Test, count: number, options: { namespace?: string; extra?: readonly string[] } = {}) {
  const controllers = await Controllers.start(count, CLUSTER, { probeIntervalMs: 600_000 });
  t.teardown(() => controllers.dispose());
  const client = new ControllerClient({
    endpoints: [...(options.extra ?? []), ...controllers.endpoints],
    namespace: options.namespace ?? 'test-ns',
    cluster: 'test-cluster',
  });
  t.teardown(() => client.close());
  return { controllers, client };
}

await t.test('the topology is read from the leader', async (t) => {
  const { controllers, client } = await setUp(t, 1);
  const { cluster, leader } = await client.read(PATIENCE_MS);
  t.equal(leader, controllers.at(0).endpoint);
  t.equal(cluster.version, 7);
  t.same(cluster.shards[0], {
    index: 0,
    nodes: [
      { id: 'a0'.padEnd(40, '0'), address: '127.0.0.1:7001', role: 'master' },
      { id: 'a1'.padEnd(40, '0'), address: '127.0.0.1:7002', role: 'replica' },
    ],
    isMigrating: false,
  });
});

await t.test('a shard is migrating when slots leave it or come to it', async (t) => {
  const { controllers, client } = await setUp(t, 1);
  const cluster = controllers.store.read();
  const [source] = cluster.shards;
  if (source === undefined) throw new Error('no shard');
  source.migrating_slot = '100';
  source.target_shard_index = 1;
  controllers.store.adopt(cluster);
  const { shards } = (await client.read(PATIENCE_MS)).cluster;
  t.same(
    shards.map(({ isMigrating }) => isMigrating),
    [true, true, false],
  );
});

await t.test('followers lead to the leader, also after another one is elected', async (t) => {
  const { controllers, client } = await setUp(t, 3);
  for (const index of [1, 2, 0]) {
    controllers.elect(index);
    t.equal((await client.read(PATIENCE_MS)).leader, controllers.at(index).endpoint);
  }
});

await t.test('controllers that are gone are no trouble as long as one answers', async (t) => {
  const { controllers, client } = await setUp(t, 2, { extra: [`http://127.0.0.1:${await freePort()}`] });
  t.equal((await client.read(PATIENCE_MS)).leader, controllers.at(0).endpoint);
  controllers.at(0).die();
  controllers.elect(1);
  t.equal((await client.read(PATIENCE_MS)).leader, controllers.at(1).endpoint);
  controllers.at(1).die();
  await t.rejects(client.read(PATIENCE_MS), { name: 'ControllerError', message: /ECONNREFUSED/ });
});

await t.test('a leader that hangs is waited for no longer than the others have time to answer', async (t) => {
  const { controllers, client } = await setUp(t, 2);
  await client.read(PATIENCE_MS);
  const silent = controllers.at(0);
  silent.hangs = true;
  controllers.elect(1);
  t.equal((await client.read(600)).leader, controllers.at(1).endpoint);
});

await t.test('what the controllers say is told', async (t) => {
  const { controllers, client } = await setUp(t, 1);
  controllers.store.leader = '';
  await t.rejects(client.read(PATIENCE_MS), { message: 'no leader now, please retry later' });
  const { client: other } = await setUp(t, 1, { namespace: 'elsewhere' });
  await t.rejects(other.read(PATIENCE_MS), { message: 'namespace not found' });
});
