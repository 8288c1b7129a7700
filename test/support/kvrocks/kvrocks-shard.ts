import { until } from '../until.js';
import { SLOTS } from './key-slot.js';
import type { KvrocksDoubleOptions } from './double-options.js';
import { KvrocksDouble } from './kvrocks-double.js';

/** A master and its replicas, as far as `switch-rounds.ts` wants to know. */
export interface KvrocksShard {
  readonly nodes: readonly KvrocksDouble[];
  readonly ids: readonly string[];
  server(id: string): KvrocksDouble;
  dispose(): Promise<void>;
}

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
  const lines = started.flatMap(({ nodes: [master, ...others] }, index) => {
    const [first, next] = [index, index + 1].map((each) => Math.floor((each * SLOTS) / shards));
    const slots = `${first}-${(next ?? 0) - 1}`;
    return [
      `${clusterId(master)} 127.0.0.1 ${master?.port} master - ${slots}`,
      ...others.map((node) => `${clusterId(node)} 127.0.0.1 ${node.port} slave ${clusterId(master)}`),
    ];
  });
  const nodes = started.flatMap((shard) => shard.nodes);
  for (const node of nodes) {
    if (node.cluster === null) throw new Error(`${node.id} is in no cluster`);
    node.cluster.myId = clusterId(node);
    node.cluster.setNodes(lines.join('\n'), 1, false, node.port);
    await node.takeClusterRole();
  }
  await following(nodes.filter((node) => node.master !== null));
  return started;
}

/** A node id of 40 hexadecimal digits that tells whose it is. */
function clusterId(node: KvrocksDouble | undefined): string {
  return String(node?.port).padEnd(40, 'a');
}

async function startNodes(replicas: number, options: KvrocksDoubleOptions): Promise<KvrocksShard> {
  const nodes = await Promise.all(Array.from({ length: replicas + 1 }, () => KvrocksDouble.start(options)));
  return {
    nodes,
    ids: nodes.map((node) => node.id),
    server(id) {
      const node = nodes.find((each) => each.id === id);
      if (node === undefined) throw new Error(`no node ${id} in this shard`);
      return node;
    },
    dispose: async () => {
      await Promise.all(nodes.map((node) => node.dispose()));
    },
  };
}

async function following(replicas: readonly KvrocksDouble[]): Promise<void> {
  for (const node of replicas) await until(`${node.id} follows`, () => node.link?.state === 'up');
}
