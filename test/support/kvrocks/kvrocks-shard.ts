import { until } from '../until.js';
import { KvrocksDouble, type KvrocksDoubleOptions } from './kvrocks-double.js';

/** A master and its replicas, as far as `switch-rounds.ts` wants to know. */
export interface KvrocksShard {
  readonly nodes: readonly KvrocksDouble[];
  readonly ids: readonly string[];
  server(id: string): KvrocksDouble;
  dispose(): Promise<void>;
}

/** Starts doubles of which the first is the master, and waits until the others follow it. */
export async function startKvrocksShard(replicas: number, options: KvrocksDoubleOptions = {}): Promise<KvrocksShard> {
  const nodes = await Promise.all(Array.from({ length: replicas + 1 }, () => KvrocksDouble.start(options)));
  const [master, ...others] = nodes;
  if (master === undefined) throw new Error('a shard without nodes');
  for (const node of others) {
    await node.follow(master.host, String(master.port));
    await until(`${node.id} follows`, async () => {
      const info = await node.server.info('replication');
      return info.get('master_link_status') === 'up';
    });
  }
  const ids = nodes.map((node) => node.id);
  return {
    nodes,
    ids,
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
