import type { NodeId } from '../../config/node-address.js';
import type { Naming, TopologySource } from '../topology-source.js';
import type { ControllerClient } from './controller-client.js';

/**
 * Whom kvrocks-controller's topology names as the master of the shard. It brings that to the nodes within moments, or, if they can not be
 * reached, within seconds: a node that is no master by the topology will be none, and what it takes until then is lost.
 *
 * A controller that does not answer, or does not know these nodes, moves nobody: then the nodes are believed.
 */
export class ControllerSource implements TopologySource {
  readonly owner = 'kvrocks-controller';
  readonly #client: ControllerClient;
  readonly #nodes: readonly NodeId[];
  #naming: Naming | null = null;

  /** @param nodes of the shard. */
  constructor(client: ControllerClient, nodes: readonly NodeId[]) {
    this.#client = client;
    this.#nodes = nodes;
  }

  start(): void {
    // It tells nothing by itself; it is asked in each round.
  }

  stop(): void {
    // Nothing was begun.
  }

  async ask(timeoutMs: number): Promise<void> {
    try {
      const { cluster } = await this.#client.read(timeoutMs);
      const shard = cluster.shards.find(({ nodes }) => nodes.some(({ address }) => this.#nodes.includes(address)));
      const master = shard?.nodes.find(({ role }) => role === 'master');
      this.#naming = master === undefined ? null : { master: master.address };
    } catch {
      this.#naming = null;
    }
  }

  naming(): Naming | null {
    return this.#naming;
  }
}
