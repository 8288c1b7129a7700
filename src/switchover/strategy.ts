import type { NodeId } from '../config/node-address.js';
import type { TopologyName } from '../config/topology.js';
import type { Refusal } from './candidate.js';
import type { NodeReport } from './events.js';
import type { RoleFacts } from './ports.js';

/** What the machine has to know of a strategy. */
export interface StrategyTraits {
  readonly topology: TopologyName;
  /**
   * The promotion ends the connections of clients on the candidate (a Sentinel does that). Whatever the data path needs
   * there is then opened behind the promotion, while the gate is still shut.
   */
  readonly cutsConnections: boolean;
  /** The owner of the roles pauses the old master too, and ends the pause when it likes. */
  readonly sharesPause?: true;
  /** The longest that {@link SwitchStrategy.arrange} may take, ms; `preflight_timeout_ms` starts anew behind it. 0: nothing is arranged. */
  readonly arrangeTimeoutMs: number;
}

/** What the owner of the roles says before a switch. */
export interface Survey {
  /** The master it names; null: it names none, the nodes have to be believed. */
  readonly master: NodeId | null;
  /** What the promotion is expected to take beyond a round trip, if everything can be arranged, ms. */
  readonly promotionMs: number;
  /** Nothing has to be arranged for these nodes: that step is left out. */
  readonly isArranged?: true;
}

/**
 * Moments at which a node can be promoted without a wait: `atMs` (monotonic) and every `periodMs` before and after. A
 * promotion sent up to `leadMs` before such a moment meets it; one sent later waits for the next.
 */
export interface Beat {
  readonly atMs: number;
  readonly periodMs: number;
  readonly leadMs: number;
}

/** What could be arranged for a switch. */
export interface Arrangement {
  /** Null: any moment is as good. */
  readonly beat: Beat | null;
  /** As {@link Survey.promotionMs}, now that it is known what could be arranged. */
  readonly promotionMs: number;
  /** What the operator should know of it, else empty. */
  readonly note: string;
}

export const NOTHING_ARRANGED: Arrangement = { beat: null, promotionMs: 0, note: '' };

/** A node that the owner of the roles has promoted instead of the candidate. */
export interface Substitute {
  readonly node: NodeId;
  /** Its offset, read when it was a master. */
  readonly offset: number;
}

/**
 * How the roles of a shard are changed. All strategies share the hold, the drain, the fence, the catching up, the redirect
 * and the release; they differ in who promotes and who has to know of it. Implemented in `control/strategies/`, one file
 * each. Every method that talks to somebody is bounded by its `timeoutMs` and rejects with a {@link NodeError}.
 */
export interface SwitchStrategy {
  readonly traits: StrategyTraits;
  /**
   * In preflight, when the nodes have been read: asks the owner of the roles. A refusal names what stands against a
   * switch. Changes nothing.
   */
  survey(reports: readonly NodeReport[], timeoutMs: number): Promise<Survey | Refusal>;
  /**
   * The last but one step of preflight (not in a dry run): may touch the servers, but no client notices. Rejecting refuses
   * the switch; what is only a matter of speed is a note instead.
   */
  arrange(from: NodeId, to: NodeId, timeoutMs: number): Promise<Arrangement>;
  /**
   * Makes `to` the master; called behind a shut gate, when `from` is drained and paused and `to` has everything. Settles
   * when `to` is a master. Sent once. After it rejected as `unknown`, every later {@link role} of `to` must speak of a time
   * at which the promotion has either run or can not run any more, and reject as `unknown` before.
   *
   * @returns who is the master, if it is another one: its owner may choose.
   */
  promote(from: NodeId, to: NodeId, timeoutMs: number): Promise<Substitute | void>;
  role(node: NodeId, timeoutMs: number): Promise<RoleFacts>;
  /**
   * Makes `node`, until now the master, follow `master`, then ends its pause, so that held writers are refused and none
   * runs. Where the owner demotes, this rejects as `refused` until it has, and only ends the pause.
   */
  demote(node: NodeId, master: NodeId, timeoutMs: number): Promise<void>;
  /** Makes another replica follow `master`; where the owner does that, this rejects as `refused` until it has. */
  follow(node: NodeId, master: NodeId, timeoutMs: number): Promise<void>;
  /**
   * Sees to it that a node keeps its role over a restart.
   *
   * @returns why it will not, for the operator; empty when it will.
   */
  persist(node: NodeId, timeoutMs: number): Promise<string>;
  /** Called once after each switchover, whatever its outcome, when the clients feel nothing of it any more: undoes {@link arrange}. */
  conclude(): void;
}
