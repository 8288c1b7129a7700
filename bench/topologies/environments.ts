import { Controllers } from '../../test/support/kvrocks-controller/controllers.js';
import { storedCluster } from '../../test/support/kvrocks-controller/controlled-stage.js';
import { startKvrocksCluster, startKvrocksShard } from '../../test/support/kvrocks/kvrocks-shard.js';
import { startRedisCluster } from '../../test/support/redis-cluster.js';
import { MASTER_NAME, Sentinels } from '../../test/support/sentinels.js';
import { startShard } from '../../test/support/shard.js';

/** Servers, and whoever else owns their roles. */
export interface Environment {
  /** The shard that Holdfast stands in front of, its master first. */
  readonly nodes: readonly string[];
  /** What Holdfast has to be told besides. */
  readonly flags: readonly string[];
  readonly dispose: () => Promise<unknown>;
}

export interface EnvironmentKind {
  readonly name: string;
  /** As the table calls it. */
  readonly title: string;
  readonly start: () => Promise<Environment>;
}

/** A slot of the first shard, however many shards there are up to five: it stands in front of the keys. */
export const KEY_TAG = '{b}';

const DOUBLE = 'stand-in for';

export const ENVIRONMENTS: readonly EnvironmentKind[] = [
  {
    name: 'redis',
    title: 'Redis, `direct`',
    start: async () => {
      const shard = await startShard({ replicas: 1 });
      return { nodes: shard.ids, flags: [], dispose: () => shard.dispose() };
    },
  },
  {
    name: 'sentinel',
    title: 'Redis and three Sentinels, `sentinel`',
    start: async () => {
      const shard = await startShard({ replicas: 1 });
      const sentinels = await Sentinels.start(shard, { periodMs: null });
      const flags = ['--topology=sentinel', `--sentinel-master=${MASTER_NAME}`];
      return {
        nodes: shard.ids,
        flags: [...flags, ...sentinels.ids.map((id) => `--sentinel=${id}`)],
        dispose: () => Promise.all([sentinels.dispose(), shard.dispose()]),
      };
    },
  },
  {
    name: 'redis-cluster',
    title: 'Redis Cluster of three shards, `redis-cluster`',
    start: async () => {
      const cluster = await startRedisCluster({ shards: [2, 1, 1] });
      return { nodes: cluster.first.ids, flags: ['--topology=redis-cluster'], dispose: () => cluster.dispose() };
    },
  },
  {
    name: 'kvrocks',
    title: `${DOUBLE} Kvrocks, \`direct\``,
    start: () => startKvrocks([]),
  },
  {
    name: 'kvrocks-plain',
    title: `${DOUBLE} Kvrocks, \`direct\`, \`align_promotion: false\``,
    start: () => startKvrocks(['--align-promotion=no']),
  },
  {
    name: 'kvrocks-cluster',
    title: `${DOUBLE} a Kvrocks cluster, \`kvrocks-cluster\``,
    start: async () => {
      const [shard] = await startKvrocksCluster(1, 1);
      if (shard === undefined) throw new Error('a cluster without shards');
      return { nodes: shard.ids, flags: ['--topology=kvrocks-cluster'], dispose: () => shard.dispose() };
    },
  },
  {
    name: 'kvrocks-controller',
    title: `${DOUBLE} Kvrocks and kvrocks-controller, \`kvrocks-controller\``,
    start: async () => {
      const shards = await startKvrocksCluster(1, 1);
      const controllers = await Controllers.start(1, storedCluster(shards));
      const [shard] = shards;
      return {
        nodes: shard?.ids ?? [],
        flags: controllers.flags,
        dispose: async () => {
          controllers.dispose();
          await Promise.all(shards.map((each) => each.dispose()));
        },
      };
    },
  },
];

async function startKvrocks(flags: readonly string[]): Promise<Environment> {
  const shard = await startKvrocksShard(1);
  return { nodes: shard.ids, flags, dispose: () => shard.dispose() };
}
