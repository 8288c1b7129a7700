import { until } from '../until.js';
import type { KvrocksOptions } from './double-options.js';
import { findKvrocks, NO_KVROCKS } from './kvrocks-binary.js';
import { KvrocksProcess } from './kvrocks-process.js';
import { clusterId, shardOf, topologyLines, type KvrocksNodes } from './kvrocks-nodes.js';

/** Starts real nodes of which the first is the master, and waits until the others follow it. In cluster mode it has all slots. */
export async function startRealKvrocksShard(
  replicas: number,
  options: KvrocksOptions = {},
): Promise<KvrocksNodes<KvrocksProcess>> {
  const binary = findKvrocks();
  if (binary === null) throw new Error(String(NO_KVROCKS));
  const started = await Promise.allSettled(
    Array.from({ length: replicas + 1 }, () => KvrocksProcess.start(binary, options)),
  );
  const shard = shardOf(started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
  try {
    for (const each of started) if (each.status === 'rejected') throw each.reason;
    await (options.cluster === true ? joinCluster(shard) : followFirst(shard));
    for (const node of shard.nodes.slice(1)) {
      await until(`${node.id} follows`, async () => /^master_link_status:up\r$/m.test(await replication(node)));
    }
    return shard;
  } catch (error) {
    await shard.dispose();
    throw error;
  }
}

async function followFirst({ nodes: [master, ...others] }: KvrocksNodes<KvrocksProcess>): Promise<void> {
  for (const node of others) await node.send('SLAVEOF', '127.0.0.1', String(master?.port));
}

async function joinCluster(shard: KvrocksNodes<KvrocksProcess>): Promise<void> {
  for (const node of shard.nodes) {
    await node.send('CLUSTERX', 'SETNODEID', clusterId(node));
    await node.send('CLUSTERX', 'SETNODES', topologyLines([shard]), '1');
  }
}

async function replication(node: KvrocksProcess): Promise<string> {
  return String(await node.send('INFO', 'replication'));
}
