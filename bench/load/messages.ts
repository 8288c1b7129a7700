import type { NodeId } from '../../src/config/node-address.js';
import type { Findings } from './findings.js';
import type { LoadSettings } from './settings.js';
import type { TimelineWindow } from './timeline.js';

/** What the parent tells the load process. Times are on the machine's monotonic clock (`monotonicMs`). */
export type LoadCommand =
  | { readonly type: 'start'; readonly settings: LoadSettings }
  /** Clients that follow the master go there when their server says READONLY. */
  | { readonly type: 'announce'; readonly master: NodeId }
  /** The rate is one that the machine sustains: what is missed from now on is not for want of power. */
  | { readonly type: 'keep-rate' }
  | { readonly type: 'window'; readonly id: number; readonly fromMs: number; readonly toMs: number }
  /** Stop, and wait for the replies in flight: windows asked for afterwards miss nothing. */
  | { readonly type: 'drain' }
  /** Do that, read everything back from `master`, report. */
  | { readonly type: 'finish'; readonly master: NodeId };

/** What the load process tells its parent. */
export type LoadEvent =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  | { readonly type: 'slower'; readonly ratePerSecond: number }
  | { readonly type: 'window'; readonly id: number; readonly window: LoadWindow }
  | { readonly type: 'drained' }
  | { readonly type: 'report'; readonly report: LoadReport }
  | { readonly type: 'failed'; readonly message: string };

/** A stretch of time as the clients saw it. */
export interface LoadWindow extends TimelineWindow {
  /** Longest wait of a read of which a part lies in the window, among those of the clients that only read. */
  readonly maxReadWaitMs: number;
}

/** Sent ten times a second. */
export interface LoadProgress {
  readonly acknowledgedWrites: number;
  readonly acknowledgedReads: number;
  /** SETs per second since the last progress. */
  readonly setsPerSecond: number;
  /** Longest wait and longest silence since the last progress. */
  readonly maxWaitMs: number;
  readonly maxGapMs: number;
  readonly errors: number;
  readonly disconnects: number;
}

/** The verdict, and what the clients saw on the way. */
export interface LoadReport extends Findings {
  readonly acknowledgedWrites: number;
  readonly acknowledgedReads: number;
  readonly errors: number;
  readonly errorTexts: Readonly<Record<string, number>>;
  readonly unknown: number;
  readonly disconnects: number;
  readonly reconnects: number;
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  readonly waitMaxMs: number;
  /** SETs per second: what was asked for, what the schedule was at the end, and what was reached over the whole run. */
  readonly wantedRate: number;
  readonly finalRate: number;
  readonly reachedRate: number;
  /** CPU of the load process, in cores. */
  readonly cores: number;
}
