import { addFindings, NO_FINDINGS, type Findings } from '../load/findings.js';
import type { StallDetail } from './contender.js';

/** What clients felt of a stretch of time: all that waited in it, with the whole of its wait. Times in ms. */
export interface Felt {
  /** Longest time that a write waited for its acknowledgement. */
  readonly waitMs: number;
  /** Longest silence between two acknowledgements of writes, whosever they were. */
  readonly gapMs: number;
  /** Longest time that a read waited, of the clients that only read. */
  readonly readWaitMs: number;
}

/** One switch as its clients felt it. */
export interface StallSample extends Felt {
  /** `switched`, or why not. */
  readonly outcome: string;
  readonly detail: StallDetail | null;
  /** Median round trip between two parties, before the load of the same round began. */
  readonly roundTripMs: number;
  /** The same just before, without a switch. */
  readonly quiet: Felt;
  /** From then on until the quiet look before the next switch, or the end of the load: nothing lies between. */
  readonly after: Felt;
  /** Only of some. */
  readonly picture: SwitchPicture | null;
}

/** A switch, millisecond by millisecond. */
export interface SwitchPicture {
  /** Acknowledged writes. */
  readonly acknowledgements: readonly number[];
  /** Between which of these clients may have felt it. */
  readonly from: number;
  readonly to: number;
}

/** All rounds of one contender in one scenario. */
export interface StallResult {
  /** How many switches were asked for, those of rounds that failed or were left out included. */
  readonly wanted: number;
  readonly samples: readonly StallSample[];
  readonly findings: Findings;
  readonly acknowledgedWrites: number;
  readonly errors: number;
  readonly errorTexts: readonly string[];
  readonly unknown: number;
  readonly disconnects: number;
  readonly reconnects: number;
  /** The lowest SET/s of a round. */
  readonly reachedRate: number;
  /** SET/s of the schedule in the end: what was wanted, or less where the machine did not sustain that. */
  readonly sustainedRate: number;
  /** Why rounds failed as a whole. What they measured is lost. */
  readonly failures: readonly string[];
}

export const NO_RESULT: StallResult = {
  wanted: 0,
  samples: [],
  findings: NO_FINDINGS,
  acknowledgedWrites: 0,
  errors: 0,
  errorTexts: [],
  unknown: 0,
  disconnects: 0,
  reconnects: 0,
  reachedRate: Infinity,
  sustainedRate: Infinity,
  failures: [],
};

/** Two rounds as one. */
export function addResults(a: StallResult, b: StallResult): StallResult {
  return {
    wanted: a.wanted + b.wanted,
    samples: [...a.samples, ...b.samples],
    findings: addFindings(a.findings, b.findings),
    acknowledgedWrites: a.acknowledgedWrites + b.acknowledgedWrites,
    errors: a.errors + b.errors,
    errorTexts: [...new Set([...a.errorTexts, ...b.errorTexts])],
    unknown: a.unknown + b.unknown,
    disconnects: a.disconnects + b.disconnects,
    reconnects: a.reconnects + b.reconnects,
    reachedRate: Math.min(a.reachedRate, b.reachedRate),
    sustainedRate: Math.min(a.sustainedRate, b.sustainedRate),
    failures: [...a.failures, ...b.failures],
  };
}
