import type { Availability } from './availability.js';
import type { Operation } from './operation.js';

/** What can be wrong with a history. */
export type AnomalyKind =
  /** Acknowledged, and not there: at the end, or under a later write that could not have come before it. */
  | 'lost'
  /** Ran more often than it was sent. */
  | 'doubled'
  /** In another order than the clients were told. */
  | 'out-of-order'
  /** An older value, after a newer one had been acknowledged or seen. */
  | 'stale-read'
  /** A value, element or message that nobody wrote, or not yet. */
  | 'wrong-reply'
  /** The client was told that it did not run, and it ran. */
  | 'ran-though-refused'
  /** EXEC ran though a watched key had changed, or a part of a transaction is missing. */
  | 'broken-transaction'
  /** Gone before its time. */
  | 'expired-early'
  /** Still there after its time. */
  | 'outlived-its-time'
  /** No order explains the answers; none of the names above fits. */
  | 'not-linearizable'
  /** The search for an order was given up: this history proves nothing. */
  | 'too-hard'
  /** An answer that does not say whether the command ran. */
  | 'unclean-error';

/** One thing that is wrong, with the few operations that show it. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly key: string;
  /** One sentence for a report. */
  readonly message: string;
  readonly evidence: readonly Operation[];
}

/** How many operations ended in which way. */
export interface Outcomes {
  readonly ok: number;
  readonly refused: number;
  readonly unknown: number;
  readonly unclean: number;
}

export interface Verdict {
  readonly operations: number;
  readonly keys: number;
  readonly outcomes: Outcomes;
  /** How often each error was met, by its text. */
  readonly errors: Readonly<Record<string, number>>;
  readonly availability: Availability;
  /** Empty: nothing is wrong. */
  readonly anomalies: readonly Anomaly[];
}
