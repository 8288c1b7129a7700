import { until } from '../until.js';
import type { KvrocksDoubleOptions } from './double-options.js';
import { KvrocksDouble } from './kvrocks-double.js';
import { clusterId, shardOf, topologyLines, type KvrocksNodes } from './kvrocks-nodes.js';

/** A shard of doubles. */
export type KvrocksShard = KvrocksNodes<KvrocksDouble>;

/** Starts doubles of which the first is the master, and waits until the others follow it. In cluster mode it has all slots. */
export async function startKvrocksShard(replicas: number, options: KvrocksDoubleOptions = {}): Promise<KvrocksShard> {
  if (options.cluster === true) {
    const [shard] = await startKvrocksCluster(1, replicas, options);
    if (shard === undefined) throw new Error('a cluster without shards');
    return shard;
  }
  const shard = await startNodes(replicas, options);
  const [master, ...others] = shard.nodes;
  for (const node of others) await node.follow(master?.host ?? '', String(master?.port));
  await following(others);
  return shard;
}

/** Starts a cluster of shards, the slots in even parts; every node knows its id, and all know version 1 of the topology. */
export async function startKvrocksCluster(
  shards: number,
  replicas: number,
  options: KvrocksDoubleOptions = {},
): Promise<readonly KvrocksShard[]> {
  const started = await Promise.all(
    Array.from({ length: shards }, () => startNodes(replicas, { ...options, cluster: true })),
  );
  const lines = topologyLines(started);
  const nodes = started.flatMap((shard) => shard.nodes);
  for (const node of nodes) {
    if (node.cluster === null) throw new Error(`${node.id} is in no cluster`);
    node.cluster.myId = clusterId(node);
    node.cluster.setNodes(lines, 1, false, node.port);
    await node.takeClusterRole();
  }
  await following(nodes.filter((node) => node.master !== null));
  return started;
}

async function startNodes(replicas: number, options: KvrocksDoubleOptions): Promise<KvrocksShard> {
  return shardOf(await Promise.all(Array.from({ length: replicas + 1 }, () => KvrocksDouble.start(options))));
}

async function following(replicas: readonly KvrocksDouble[]): Promise<void> {
  for (const node of replicas) await until(`${node.id} follows`, () => node.link?.state === 'up');
}
