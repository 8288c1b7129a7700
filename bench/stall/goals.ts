import type { Spread } from '../support/quantile.js';
import { stallFigures, type StallFigures } from './figures.js';
import type { StallEntry } from './run-stall.js';
import { isClean } from '../load/findings.js';

/** Stands in the place of a figure that nothing was measured for. */
const NO_SWITCH = 'no switch';

/** What is wanted, and what came of it. */
export interface Goal {
  readonly goal: string;
  readonly value: string;
  readonly reached: boolean;
}

/** One contender in one scenario, as goals look at it. */
interface Measured {
  readonly figures: StallFigures;
  /** What keeps these figures from speaking for all that was asked for; null when nothing does. */
  readonly shortfall: string | null;
}

/**
 * The goals of the project for the cost of a switch; one that the scenarios of this run say nothing of is left out. Figures
 * are those of the switches that happened: where some did not, or a round broke off, they prove nothing, and no goal is reached.
 */
export function judgeGoals(entries: readonly StallEntry[]): readonly Goal[] {
  const measured = (scenario: string, contender = 'holdfast'): Measured | null => {
    const entry = entries.find((each) => each.scenario.name === scenario && each.contender.name === contender);
    return entry === undefined ? null : { figures: stallFigures(entry.result), shortfall: shortfallOf(entry) };
  };
  const base = measured('base');
  return [
    // The second is nearer to an idle machine, the third to what an operator sees: processes switch once in their lives.
    ...['base', 'slow', 'first'].flatMap((name) => holdGoals(measured(name), name)),
    ...ratioGoal(base, measured('base', 'controller-steps'), "the controller's five steps", 3),
    ...ratioGoal(base, measured('base', 'redis-failover'), 'FAILOVER', 50),
    ...['delay-0.5ms', 'delay-2ms'].flatMap((name) => roundTripGoal(measured(name), name)),
    ...cleanGoal(entries),
    ...wholeGoal(entries),
  ];
}

/** Holdfast has to make every switch that it is asked for. What another way refuses to do is its own; but it must have been tried. */
function shortfallOf({ contender, result }: StallEntry): string | null {
  const { samples, wanted, failures } = result;
  const isHoldfast = contender.name === 'holdfast';
  const done = isHoldfast ? samples.filter(({ outcome }) => outcome === 'switched') : samples;
  if (done.length >= wanted && failures.length === 0) return null;
  return `${contender.name} ${isHoldfast ? 'made' : 'tried'} ${done.length} of ${wanted} switches`;
}

/** A goal that speaks of these measurements, and is not reached when one of them falls short. */
function goalOf(measured: readonly Measured[], { goal, value, reached }: Goal): Goal {
  const shortfalls = measured.flatMap(({ shortfall }) => shortfall ?? []);
  return { goal, value: [value, ...shortfalls].join('; '), reached: reached && shortfalls.length === 0 };
}

function holdGoals(measured: Measured | null, scenario: string): readonly Goal[] {
  if (measured === null) return [];
  const { stated, waitMs, readWaitMs, quiet } = measured.figures;
  const within = ({ p50, p99, max }: Spread): boolean => p50 <= 1.5 && p99 <= 4 && max <= 10;
  const limits = 'p50 ≤ 1.5, p99 ≤ 4, max ≤ 10 ms';
  const moreRead = minus(readWaitMs, quiet.readWaitMs);
  return [
    {
      goal: `${scenario}: stall ${limits}`,
      value: stated === null ? NO_SWITCH : ms(stated.stallMs),
      reached: stated !== null && within(stated.stallMs),
    },
    {
      goal: `${scenario}: prediction of the stall: error p90 ≤ 50 %`,
      value:
        stated === null
          ? NO_SWITCH
          : `p50 ${percent(stated.predictionError.p50)}, p90 ${percent(stated.predictionError.p90)}`,
      reached: stated !== null && stated.predictionError.p90 <= 0.5,
    },
    {
      goal: `${scenario}: longest wait of a write, as clients see it: ${limits}`,
      value: stated === null ? NO_SWITCH : `${ms(waitMs)}; without a switch ${ms(quiet.waitMs)}`,
      reached: within(waitMs),
    },
    {
      goal: `${scenario}: longest wait of a read: at most 1 ms more than without a switch`,
      value: stated === null ? NO_SWITCH : `${ms(moreRead)} more`,
      reached: moreRead.p50 <= 1 && moreRead.p99 <= 1 && moreRead.max <= 1,
    },
  ].map((goal) => goalOf([measured], goal));
}

function ratioGoal(base: Measured | null, other: Measured | null, name: string, part: number): readonly Goal[] {
  if (base === null || other === null) return [];
  const [own, others] = [base.figures.waitMs.p50, other.figures.waitMs.p50];
  const isMeasured = base.figures.switched > 0 && other.figures.switched > 0;
  return [
    goalOf([base, other], {
      goal: `base: longest wait of a write, p50: ≤ 1/${part} of ${name}`,
      value: isMeasured ? `1/${(others / own).toFixed(1)} (${own.toFixed(2)} and ${others.toFixed(2)} ms)` : NO_SWITCH,
      reached: isMeasured && others / own >= part,
    }),
  ];
}

function roundTripGoal(measured: Measured | null, scenario: string): readonly Goal[] {
  if (measured === null) return [];
  const trips = measured.figures.stated?.roundTrips;
  return [
    goalOf([measured], {
      goal: `${scenario}: stall ≤ 4 round trips (p50)`,
      value: trips === undefined ? NO_SWITCH : `p50 ${trips.p50.toFixed(2)}, p99 ${trips.p99.toFixed(2)}`,
      reached: trips !== undefined && trips.p50 <= 4,
    }),
  ];
}

function cleanGoal(entries: readonly StallEntry[]): readonly Goal[] {
  const results = entries.flatMap(({ contender, result }) => (contender.name === 'holdfast' ? [result] : []));
  if (results.length === 0) return [];
  const count = (of: (result: StallEntry['result']) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const errors = count(({ errors: seen, disconnects, unknown }) => seen + disconnects + unknown);
  const [lost, doubled] = [count(({ findings }) => findings.lost), count(({ findings }) => findings.doubled)];
  const switches = count(({ samples }) => samples.length);
  const clean = results.every(({ findings, failures }) => isClean(findings) && failures.length === 0);
  return [
    {
      goal: 'errors, lost, doubled: 0, in all scenarios',
      value: `${errors}, ${lost}, ${doubled} in ${switches} switches`,
      reached: clean && errors === 0,
    },
  ];
}

/** Only where Holdfast is measured: the others are there to be compared with it. */
function wholeGoal(entries: readonly StallEntry[]): readonly Goal[] {
  if (!entries.some(({ contender }) => contender.name === 'holdfast')) return [];
  const shortfalls = entries.flatMap((entry) => {
    const shortfall = shortfallOf(entry);
    return shortfall === null ? [] : [`${entry.scenario.name}: ${shortfall}`];
  });
  return [
    {
      goal: 'all switches that were asked for, and all rounds of all contenders to their end',
      value: shortfalls.length === 0 ? 'all' : shortfalls.join('; '),
      reached: shortfalls.length === 0,
    },
  ];
}

function minus(a: Spread, b: Spread): Spread {
  return { p50: a.p50 - b.p50, p99: a.p99 - b.p99, max: a.max - b.max };
}

function ms({ p50, p99, max }: Spread): string {
  return `${p50.toFixed(2)} / ${p99.toFixed(2)} / ${max.toFixed(2)} ms`;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
