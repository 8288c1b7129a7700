import type { Redis } from 'ioredis';
import { connectTo } from '../../../bench/support/node-client.js';
import type { StoredCluster, StoredNode, StoredShard } from './controller-store.js';

/** What a node says of itself, as far as a failover wants to know. */
interface NodeState {
  readonly role: string;
  readonly offset: number;
  readonly isLinked: boolean;
}

/** A controller's connections to the nodes that it manages, and what it asks them. */
export class ManagedNodes {
  readonly #connections = new Map<string, Redis>();
  #isClosed = false;

  async pause(address: string, ms: number): Promise<void> {
    await this.#ask(address, 'CLIENT', 'PAUSE', String(ms), 'WRITE');
  }

  async unpause(address: string): Promise<void> {
    await this.#ask(address, 'CLIENT', 'UNPAUSE');
  }

  async state(address: string): Promise<NodeState> {
    const info = String(await this.#ask(address, 'INFO', 'replication'));
    const field = (name: string): string => new RegExp(`^${name}:(.*)\r$`, 'm').exec(info)?.[1] ?? '';
    const role = field('role');
    const offset = Number(field(role === 'master' ? 'master_repl_offset' : 'slave_repl_offset'));
    return { role, offset, isLinked: field('master_link_status') === 'up' };
  }

  /** The version of the topology that the node has; -1 when it has none yet. */
  async version(address: string): Promise<number> {
    try {
      const info = String(await this.#ask(address, 'CLUSTER', 'INFO'));
      return Number(/^cluster_current_epoch:(-?\d+)/m.exec(info)?.[1] ?? '-1');
    } catch (error) {
      if (error instanceof Error && error.message.includes('not initialized')) return -1;
      throw error;
    }
  }

  /** Brings a topology to a node. */
  async push(node: StoredNode, cluster: StoredCluster): Promise<void> {
    await this.#ask(node.addr, 'CLUSTERX', 'SETNODEID', node.id);
    await this.#ask(node.addr, 'CLUSTERX', 'SETNODES', topologyText(cluster), String(cluster.version));
  }

  /** The topology that a node has. */
  async topology(address: string, name: string): Promise<StoredCluster> {
    return parseTopology(String(await this.#ask(address, 'CLUSTER', 'NODES')), name);
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections.values()) connection.disconnect();
    this.#connections.clear();
  }

  async #ask(address: string, name: string, ...args: readonly string[]): Promise<unknown> {
    if (this.#isClosed) throw new Error('the controller is gone');
    const known = this.#connections.get(address);
    const connection = known?.status === 'ready' ? known : await connectTo(address);
    this.#connections.set(address, connection);
    return connection.call(name, ...args);
  }
}

/** As `CLUSTERX SETNODES` wants it. */
function topologyText(cluster: StoredCluster): string {
  return cluster.shards.flatMap(shardLines).join('\n');
}

function shardLines(shard: StoredShard): readonly string[] {
  const master = shard.nodes.find(({ role }) => role === 'master');
  if (master === undefined) throw new Error('missing master node');
  return shard.nodes.map((node) => {
    const place = `${node.id} ${node.addr.replace(':', ' ')}`;
    return node === master ? `${place} master - ${shard.slot_ranges.join(' ')}` : `${place} slave ${master.id}`;
  });
}

function parseTopology(text: string, name: string): StoredCluster {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const nodeOf = (fields: readonly string[], role: StoredNode['role']): StoredNode => ({
    id: fields[0] ?? '',
    addr: (fields[1] ?? '').split('@')[0] ?? '',
    role,
    password: '',
    created_at: 0,
  });
  const masters = lines.filter((fields) => fields[2]?.split(',').includes('master'));
  const shards = masters.map((fields): StoredShard => {
    const replicas = lines.filter((each) => each[3] === fields[0]);
    return {
      nodes: [nodeOf(fields, 'master'), ...replicas.map((each) => nodeOf(each, 'slave'))],
      slot_ranges: fields.slice(8),
      target_shard_index: -1,
      migrating_slot: null,
    };
  });
  shards.sort((a, b) => firstSlot(a) - firstSlot(b));
  return { version: Number(lines[0]?.[6] ?? '-1'), name, shards };
}

function firstSlot({ slot_ranges: ranges }: StoredShard): number {
  return ranges[0] === undefined ? Infinity : Number.parseInt(ranges[0], 10);
}
