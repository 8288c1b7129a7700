import type { Reply } from '../ask-server.js';
import { SLOTS } from './key-slot.js';

/** A node of Kvrocks, be it a double or a real one. */
export interface KvrocksNode {
  /** The address as Holdfast writes it. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Runs one command on a fresh connection, as the administrator. Rejects with the node's words when it refuses. */
  send(...args: readonly string[]): Promise<Reply>;
  dispose(): Promise<void>;
}

/** A master and its replicas, as far as `switch-rounds.ts` wants to know. */
export interface KvrocksNodes<Node extends KvrocksNode = KvrocksNode> {
  readonly nodes: readonly Node[];
  readonly ids: readonly string[];
  server(id: string): Node;
  dispose(): Promise<void>;
}

export function shardOf<Node extends KvrocksNode>(nodes: readonly Node[]): KvrocksNodes<Node> {
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

/** What `CLUSTERX SETNODES` wants to be told: the slots in even parts, the first node of each shard its master. */
export function topologyLines(shards: readonly KvrocksNodes[]): string {
  const lines = shards.flatMap(({ nodes: [master, ...others] }, index) => {
    if (master === undefined) throw new Error('a shard without nodes');
    const first = Math.floor((index * SLOTS) / shards.length);
    const last = Math.floor(((index + 1) * SLOTS) / shards.length) - 1;
    return [
      `${clusterId(master)} ${master.host} ${master.port} master - ${first}-${last}`,
      ...others.map((node) => `${clusterId(node)} ${node.host} ${node.port} slave ${clusterId(master)}`),
    ];
  });
  return lines.join('\n');
}

/** A node id of 40 hexadecimal digits that tells whose it is. */
export function clusterId(node: KvrocksNode): string {
  return String(node.port).padEnd(40, 'a');
}
