import type { NodeId } from '../../config/node-address.js';
import type { RoleFacts, ShardNode } from '../../switchover/ports.js';
import {
  NOTHING_ARRANGED,
  type Arrangement,
  type StrategyTraits,
  type Survey,
  type SwitchStrategy,
} from '../../switchover/strategy.js';
import type { NodeSet } from './node-set.js';

/** Holdfast promotes, demotes and re-points the nodes itself; the truth about the roles is what they say. */
export class DirectStrategy implements SwitchStrategy {
  readonly traits: StrategyTraits = { topology: 'direct', cutsConnections: false, arrangeTimeoutMs: 0 };
  readonly #nodes: NodeSet<ShardNode>;

  constructor(nodes: NodeSet<ShardNode>) {
    this.#nodes = nodes;
  }

  survey(): Promise<Survey> {
    return Promise.resolve({ master: null, promotionMs: 0 });
  }

  arrange(): Promise<Arrangement> {
    return Promise.resolve(NOTHING_ARRANGED);
  }

  promote(_from: NodeId, to: NodeId, timeoutMs: number): Promise<void> {
    return this.#nodes.get(to).promote(timeoutMs);
  }

  role(node: NodeId, timeoutMs: number): Promise<RoleFacts> {
    return this.#nodes.get(node).role(timeoutMs);
  }

  demote(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    return this.#nodes.get(node).demote(master, timeoutMs);
  }

  follow(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    return this.#nodes.get(node).follow(master, timeoutMs);
  }

  persist(node: NodeId, timeoutMs: number): Promise<string> {
    return this.#nodes.get(node).persist(timeoutMs);
  }

  conclude(): void {
    // Nothing was arranged.
  }
}
