import type { NodeId } from '../../config/node-address.js';
import type { NodeReport } from '../../switchover/events.js';
import type { RoleFacts, ShardNode } from '../../switchover/ports.js';
import type { Arrangement, StrategyTraits, Survey, SwitchStrategy } from '../../switchover/strategy.js';
import {
  ALIGN_TIMEOUT_MS,
  ALIGNED_PROMOTION_MS,
  UNALIGNED_PROMOTION_MS,
  type AlignedPromotion,
} from '../kvrocks-tick/aligned-promotion.js';
import type { TickNode } from '../kvrocks-tick/find-tick.js';
import type { NodeSet } from './node-set.js';

/**
 * Holdfast promotes, demotes and re-points the nodes itself; the truth about the roles is what they say. A Kvrocks candidate is
 * promoted on a tick of its replication thread, if that is wanted.
 */
export class DirectStrategy implements SwitchStrategy {
  readonly traits: StrategyTraits = { topology: 'direct', cutsConnections: false, arrangeTimeoutMs: ALIGN_TIMEOUT_MS };
  readonly #nodes: NodeSet<ShardNode & TickNode>;
  readonly #aligned: AlignedPromotion | null;

  /** @param aligned null: promotions of Kvrocks wait for their tick. */
  constructor(nodes: NodeSet<ShardNode & TickNode>, aligned: AlignedPromotion | null) {
    this.#nodes = nodes;
    this.#aligned = aligned;
  }

  survey(reports: readonly NodeReport[]): Promise<Survey> {
    const isKvrocks = reports.some((report) => 'facts' in report && report.facts.engine === 'kvrocks');
    if (!isKvrocks) return Promise.resolve({ master: null, promotionMs: 0, isArranged: true });
    if (this.#aligned === null) {
      return Promise.resolve({ master: null, promotionMs: UNALIGNED_PROMOTION_MS, isArranged: true });
    }
    return Promise.resolve({ master: null, promotionMs: ALIGNED_PROMOTION_MS });
  }

  arrange(from: NodeId, to: NodeId, timeoutMs: number): Promise<Arrangement> {
    if (this.#aligned === null) throw new Error('nothing is to be arranged');
    return this.#aligned.arrange(this.#nodes.get(from), this.#nodes.get(to), timeoutMs);
  }

  promote(_from: NodeId, to: NodeId, timeoutMs: number): Promise<void> {
    const promote = () => this.#nodes.get(to).promote(timeoutMs);
    return this.#aligned === null ? promote() : this.#aligned.promote(promote);
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
    // A tick that was learned and not used is too old for the next switch, and learned anew by it.
  }
}
