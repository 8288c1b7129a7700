import { median, quantile, spread, type Spread } from '../support/quantile.js';
import { PHASES, type StallDetail } from './contender.js';
import type { Felt, StallResult, StallSample } from './stall-result.js';

/** What is to be known of the stalls that a contender states itself. Times in ms. */
export interface StatedFigures {
  /** Gate closed → gate open. */
  readonly stallMs: Spread;
  readonly phases: readonly { readonly phase: string; readonly ms: Spread; readonly share: number }[];
  /** Median of the round trips between two parties that the stalls are divided by. */
  readonly roundTripMs: number;
  /** Each stall in round trips between two parties, as they were in its own round. */
  readonly roundTrips: Spread;
  readonly predictedMs: Spread;
  /** |predicted − stall| / stall. */
  readonly predictionError: { readonly p50: number; readonly p90: number };
}

/** The figures of one contender in one scenario. Times in ms. */
export interface StallFigures extends FeltFigures {
  readonly switched: number;
  readonly notSwitched: Readonly<Record<string, number>>;
  /** Of the contender that has a gate. */
  readonly stated: StatedFigures | null;
  /** Between that and the next quiet look: the longest wait of a read or a write. */
  readonly afterMs: Spread;
  readonly quiet: FeltFigures;
}

/** What clients felt of the switches themselves, or of the quiet looks before them. Times in ms. */
interface FeltFigures {
  readonly waitMs: Spread;
  readonly gapMs: Spread;
  readonly readWaitMs: Spread;
}

/** Figures of the switches that went well; those that did not are counted. */
export function stallFigures({ samples }: StallResult): StallFigures {
  const done = samples.filter(({ outcome }) => outcome === 'switched');
  const notSwitched: Record<string, number> = {};
  for (const { outcome } of samples) {
    if (outcome !== 'switched') notSwitched[outcome] = (notSwitched[outcome] ?? 0) + 1;
  }
  const stated = done.flatMap(({ detail, roundTripMs }) => (detail === null ? [] : [{ ...detail, roundTripMs }]));
  return {
    switched: done.length,
    notSwitched,
    stated: stated.length === 0 ? null : statedFigures(stated),
    ...feltFigures(done),
    afterMs: spread(done.map(({ after }) => Math.max(after.waitMs, after.readWaitMs))),
    quiet: feltFigures(done.map(({ quiet }) => quiet)),
  };
}

function feltFigures(felt: readonly Felt[]): FeltFigures {
  return {
    waitMs: spread(felt.map(({ waitMs }) => waitMs)),
    gapMs: spread(felt.map(({ gapMs }) => gapMs)),
    readWaitMs: spread(felt.map(({ readWaitMs }) => readWaitMs)),
  };
}

type Stated = StallDetail & Pick<StallSample, 'roundTripMs'>;

function statedFigures(details: readonly Stated[]): StatedFigures {
  const stalls = details.map(({ stallMs }) => stallMs);
  const total = sum(stalls);
  const errors = details.map(({ predictedMs, stallMs }) => Math.abs(predictedMs - stallMs) / stallMs);
  return {
    stallMs: spread(stalls),
    phases: PHASES.map((phase) => {
      const times = details.map(({ phasesMs }) => phasesMs[phase]);
      return { phase, ms: spread(times), share: sum(times) / total };
    }),
    roundTripMs: median(details.map(({ roundTripMs }) => roundTripMs)),
    roundTrips: spread(details.map(({ stallMs, roundTripMs }) => stallMs / roundTripMs)),
    predictedMs: spread(details.map(({ predictedMs }) => predictedMs)),
    predictionError: { p50: quantile(errors, 0.5), p90: quantile(errors, 0.9) },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
