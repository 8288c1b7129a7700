import type { NodeId } from '../../../src/config/node-address.js';
import type { Refusal } from '../../../src/switchover/candidate.js';
import type { RoleFacts, ShardNode } from '../../../src/switchover/ports.js';
import {
  NOTHING_ARRANGED,
  type Arrangement,
  type StrategyTraits,
  type Substitute,
  type Survey,
  type SwitchStrategy,
} from '../../../src/switchover/strategy.js';

export const DIRECT: StrategyTraits = { topology: 'direct', cutsConnections: false, arrangeTimeoutMs: 0 };

/** Leaves everything to the nodes, until a test says otherwise. */
export class FakeStrategy implements SwitchStrategy {
  traits: StrategyTraits = DIRECT;
  survey_: Survey | Refusal = { master: null, promotionMs: 0 };
  /** What comes of the preparations; an Error: they fail. */
  arrangement: Arrangement | Error = NOTHING_ARRANGED;
  readonly arranged: string[] = [];
  /** Who is the master after the promotion, if it is another one. */
  instead: Substitute | null = null;
  concluded = 0;
  readonly #nodeOf: (id: NodeId) => ShardNode;

  constructor(nodeOf: (id: NodeId) => ShardNode) {
    this.#nodeOf = nodeOf;
  }

  survey(): Promise<Survey | Refusal> {
    return Promise.resolve(this.survey_);
  }
  arrange(from: NodeId, to: NodeId): Promise<Arrangement> {
    this.arranged.push(`${from} ${to}`);
    return this.arrangement instanceof Error ? Promise.reject(this.arrangement) : Promise.resolve(this.arrangement);
  }
  async promote(_from: NodeId, to: NodeId, timeoutMs: number): Promise<Substitute | void> {
    await this.#nodeOf(this.instead?.node ?? to).promote(timeoutMs);
    if (this.instead !== null) return this.instead;
  }
  role(node: NodeId, timeoutMs: number): Promise<RoleFacts> {
    return this.#nodeOf(node).role(timeoutMs);
  }
  demote(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    return this.#nodeOf(node).demote(master, timeoutMs);
  }
  follow(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    return this.#nodeOf(node).follow(master, timeoutMs);
  }
  persist(node: NodeId, timeoutMs: number): Promise<string> {
    return this.#nodeOf(node).persist(timeoutMs);
  }
  conclude(): void {
    this.concluded += 1;
  }
}
