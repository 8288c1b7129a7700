import { quantile, spread, type Spread } from '../support/quantile.js';
import { PHASES, type StallDetail } from './contender.js';
import type { StallResult } from './stall-result.js';

/** What is to be known of the stalls that a contender states itself. Times in ms. */
export interface StatedFigures {
  /** Gate closed → gate open. */
  readonly stallMs: Spread;
  readonly phases: readonly { readonly phase: string; readonly ms: Spread; readonly share: number }[];
  /** Stall in round trips between two parties. */
  readonly roundTrips: Spread;
  readonly predictedMs: Spread;
  /** |predicted − stall| / stall. */
  readonly predictionError: { readonly p50: number; readonly p90: number };
}

/** The figures of one contender in one scenario. Times in ms. */
export interface StallFigures {
  readonly switched: number;
  readonly notSwitched: Readonly<Record<string, number>>;
  /** Of the contender that has a gate. */
  readonly stated: StatedFigures | null;
  readonly waitMs: Spread;
  readonly gapMs: Spread;
  readonly readWaitMs: Spread;
  readonly quiet: { readonly waitMs: Spread; readonly gapMs: Spread; readonly readWaitMs: Spread };
}

/** Figures of the switches that went well; those that did not are counted. */
export function stallFigures({ samples, roundTripMs }: StallResult): StallFigures {
  const done = samples.filter(({ outcome }) => outcome === 'switched');
  const notSwitched: Record<string, number> = {};
  for (const { outcome } of samples) {
    if (outcome !== 'switched') notSwitched[outcome] = (notSwitched[outcome] ?? 0) + 1;
  }
  const details = done.flatMap(({ detail }) => (detail === null ? [] : [detail]));
  return {
    switched: done.length,
    notSwitched,
    stated: details.length === 0 ? null : statedFigures(details, roundTripMs),
    waitMs: spread(done.map(({ waitMs }) => waitMs)),
    gapMs: spread(done.map(({ gapMs }) => gapMs)),
    readWaitMs: spread(done.map(({ readWaitMs }) => readWaitMs)),
    quiet: {
      waitMs: spread(done.map(({ quiet }) => quiet.waitMs)),
      gapMs: spread(done.map(({ quiet }) => quiet.gapMs)),
      readWaitMs: spread(done.map(({ quiet }) => quiet.readWaitMs)),
    },
  };
}

function statedFigures(details: readonly StallDetail[], roundTripMs: number): StatedFigures {
  const stalls = details.map(({ stallMs }) => stallMs);
  const total = sum(stalls);
  const errors = details.map(({ predictedMs, stallMs }) => Math.abs(predictedMs - stallMs) / stallMs);
  return {
    stallMs: spread(stalls),
    phases: PHASES.map((phase) => {
      const times = details.map(({ phasesMs }) => phasesMs[phase]);
      return { phase, ms: spread(times), share: sum(times) / total };
    }),
    roundTrips: spread(stalls.map((stall) => stall / roundTripMs)),
    predictedMs: spread(details.map(({ predictedMs }) => predictedMs)),
    predictionError: { p50: quantile(errors, 0.5), p90: quantile(errors, 0.9) },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
