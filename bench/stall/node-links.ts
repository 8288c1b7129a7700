import type { Redis } from 'ioredis';
import { parseNodeId, type NodeId } from '../../src/config/node-address.js';
import { connectTo } from '../support/node-client.js';

/** Connections to all nodes of a shard, opened once: no contender pays for dialling in the middle of a switch. */
export class NodeLinks {
  readonly #links: ReadonlyMap<NodeId, Redis>;

  private constructor(links: ReadonlyMap<NodeId, Redis>) {
    this.#links = links;
  }

  static async open({ ids }: { readonly ids: readonly NodeId[] }): Promise<NodeLinks> {
    const links = new Map<NodeId, Redis>();
    for (const id of ids) links.set(id, await connectTo(id));
    return new NodeLinks(links);
  }

  get(node: NodeId): Redis {
    const link = this.#links.get(node);
    if (link === undefined) throw new Error(`no connection to ${node}`);
    return link;
  }

  others(...known: readonly NodeId[]): readonly Redis[] {
    return [...this.#links].filter(([node]) => !known.includes(node)).map(([, link]) => link);
  }

  close(): void {
    for (const link of this.#links.values()) link.disconnect();
  }
}

/** The two arguments that REPLICAOF and FAILOVER TO want. */
export function hostAndPort(node: NodeId): [string, string] {
  const address = parseNodeId(node);
  if (address === null) throw new Error(`not an address: ${node}`);
  return [address.host, String(address.port)];
}

/** A field of INFO replication. */
export async function replicationField(link: Redis, name: string): Promise<string> {
  const info = await link.info('replication');
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
}
