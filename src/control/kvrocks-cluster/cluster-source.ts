import type { Naming, TopologySource } from '../topology-source.js';
import { readClusterState, type ClusterNode } from './cluster-commands.js';
import { newestOf, shardOf } from './topology.js';

/**
 * Whom the topology with the highest version names, of those that the nodes of the shard were told: a node that missed a switch calls
 * itself a master still.
 */
export class KvrocksClusterSource implements TopologySource {
  readonly owner = 'the cluster';
  readonly #nodes: readonly ClusterNode[];
  #naming: Naming | null = null;

  constructor(nodes: readonly ClusterNode[]) {
    this.#nodes = nodes;
  }

  start(): void {
    // Nodes tell nothing by themselves; they are asked in each round.
  }

  stop(): void {
    // Nothing was begun.
  }

  async ask(timeoutMs: number): Promise<void> {
    const answers = await Promise.allSettled(this.#nodes.map((node) => readClusterState(node, timeoutMs)));
    const topologies = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.topology] : []));
    const newest = newestOf(topologies);
    if (newest === null) return;
    const own = newest.members.find(({ address }) => this.#nodes.some(({ id }) => id === address));
    const [master] = shardOf(newest, own?.id ?? '');
    this.#naming = master?.role === 'master' ? { master: master.address } : null;
  }

  /** Where no topology names anybody, the nodes are believed. */
  naming(): Naming | null {
    return this.#naming;
  }
}
