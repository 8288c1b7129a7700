/** A node as the API shows it. */
export interface StoredNode {
  readonly id: string;
  readonly addr: string;
  role: 'master' | 'slave';
  readonly password: string;
  readonly created_at: number;
}

/** A shard as the API shows it. */
export interface StoredShard {
  readonly nodes: StoredNode[];
  readonly slot_ranges: string[];
  target_shard_index: number;
  migrating_slot: string | null;
}

/** The topology as the API shows it. */
export interface StoredCluster {
  version: number;
  readonly name: string;
  readonly shards: StoredShard[];
}

/** What becomes of a change: written, not written, or written while its author is told that it failed. */
export type StoreMood = 'well' | 'refusing' | 'losing-answers';

/** What all controllers share (etcd, in a real installation): the topology, and who leads. */
export class ControllerStore {
  readonly namespace: string;
  /** The address of the controller that leads; empty while nobody does. */
  leader = '';
  mood: StoreMood = 'well';
  /** Every topology that was written, oldest first. */
  readonly written: StoredCluster[] = [];
  #cluster: StoredCluster;

  constructor(namespace: string, cluster: StoredCluster) {
    this.namespace = namespace;
    this.#cluster = cluster;
  }

  /** A copy: who changes it has to write it. */
  read(): StoredCluster {
    return structuredClone(this.#cluster);
  }

  /** As the controller does: what was changed by somebody else since it was read is refused; else the version counts up. */
  update(cluster: StoredCluster): void {
    if (this.#cluster.version > cluster.version) throw new Error('the cluster has been updated by others');
    if (this.mood === 'refusing') throw new Error('etcdserver: request timed out');
    cluster.version += 1;
    this.#write(cluster);
    if (this.mood === 'losing-answers') throw new Error('context deadline exceeded');
  }

  /** Takes over a topology that was found on a node, as it is. */
  adopt(cluster: StoredCluster): void {
    if (this.#cluster.version > cluster.version) throw new Error('the cluster has been updated by others');
    this.#write(cluster);
  }

  /** Puts something in its place, whatever was there. */
  put(cluster: StoredCluster): void {
    this.#cluster = structuredClone(cluster);
  }

  #write(cluster: StoredCluster): void {
    this.#cluster = structuredClone(cluster);
    this.written.push(this.read());
  }
}
