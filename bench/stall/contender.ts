import type { NodeId } from '../../src/config/node-address.js';
import type { StallShard } from './stall-shard.js';

/** What came of one try to move the master. */
export interface Moved {
  /** `switched`, or why the master did not move. */
  readonly outcome: string;
  /** Who is the master now; not every way lets one choose. */
  readonly master: NodeId;
  /** What the mover itself measured and foresaw, where it does. */
  readonly stall: StallDetail | null;
}

/** The parts of a stall, in the order in which they follow each other. */
export const PHASES = ['drain', 'fence', 'catchup', 'promote', 'redirect'] as const;

/** A stall as Holdfast states it, ms. */
export interface StallDetail {
  /** Gate closed → gate open. */
  readonly stallMs: number;
  /** What preflight expected it to be. */
  readonly predictedMs: number;
  readonly phasesMs: Readonly<Record<(typeof PHASES)[number], number>>;
}

/** How clients get to the master. */
export type ClientWay =
  /** It is where they are. */
  | { readonly type: 'stay'; readonly target: NodeId }
  /** On READONLY they reconnect to the one announced to them. */
  | { readonly type: 'announced'; readonly target: NodeId }
  /** They ask a Sentinel, and listen to it. */
  | { readonly type: 'sentinel'; readonly sentinel: NodeId };

/** One way to move a master, made ready for one shard. */
export interface StallSetup {
  readonly clients: ClientWay;
  /**
   * Moves the master. `announce` is to be called at the moment from which clients can know the new master.
   *
   * Rejects when it can not tell.
   *
   * @param to a wish.
   */
  switchover(from: NodeId, to: NodeId, announce: (master: NodeId) => void): Promise<Moved>;
  /** What has to be done after a switch before the shard is whole, and is not part of what is measured. */
  mend?(old: NodeId, master: NodeId): Promise<void>;
  close(): Promise<void>;
}

export interface StallContender {
  readonly name: string;
  /** What is measured here, for the report. */
  readonly method: string;
  /** Switches for each one of Holdfast: the slow ways would take hours. */
  readonly share: number;
  /** Roughly how long one switch takes with all that is round it, for the estimate of the whole run. */
  readonly aboutMs: number;
  /** What has to be installed for it, beside a server. */
  readonly program?: string;
  prepare(shard: StallShard): Promise<StallSetup>;
}
