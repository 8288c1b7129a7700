import type { Spread } from '../support/quantile.js';
import { stallFigures, type StallFigures } from './figures.js';
import type { StallEntry } from './run-stall.js';
import { isClean } from '../load/findings.js';

/** What is wanted, and what came of it. */
export interface Goal {
  readonly goal: string;
  readonly value: string;
  readonly reached: boolean;
}

/** The goals of the project for the cost of a switch; one that the scenarios of this run say nothing of is left out. */
export function judgeGoals(entries: readonly StallEntry[]): readonly Goal[] {
  const figures = (scenario: string, contender = 'holdfast'): StallFigures | null => {
    const entry = entries.find((each) => each.scenario.name === scenario && each.contender.name === contender);
    const found = entry === undefined ? null : stallFigures(entry.result);
    return found === null || found.switched === 0 ? null : found;
  };
  const base = figures('base');
  return [
    // The second is nearer to an idle machine.
    ...['base', 'slow'].flatMap((name) => holdGoals(figures(name), name)),
    ...ratioGoal(base, figures('base', 'controller-steps'), "the controller's five steps", 3),
    ...ratioGoal(base, figures('base', 'redis-failover'), 'FAILOVER', 50),
    ...['delay-0.5ms', 'delay-2ms'].flatMap((name) => roundTripGoal(figures(name), name)),
    ...cleanGoal(entries),
  ];
}

function holdGoals(figures: StallFigures | null, scenario: string): readonly Goal[] {
  if (figures === null) return [];
  const { stated, waitMs, readWaitMs, quiet } = figures;
  const within = ({ p50, p99, max }: Spread): boolean => p50 <= 1.5 && p99 <= 4 && max <= 10;
  const limits = 'p50 ≤ 1.5, p99 ≤ 4, max ≤ 10 ms';
  const moreRead = minus(readWaitMs, quiet.readWaitMs);
  return [
    ...(stated === null
      ? []
      : [
          { goal: `${scenario}: stall ${limits}`, value: ms(stated.stallMs), reached: within(stated.stallMs) },
          {
            goal: `${scenario}: prediction of the stall: error p90 ≤ 50 %`,
            value: `p50 ${percent(stated.predictionError.p50)}, p90 ${percent(stated.predictionError.p90)}`,
            reached: stated.predictionError.p90 <= 0.5,
          },
        ]),
    {
      goal: `${scenario}: longest wait of a write, as clients see it: ${limits}`,
      value: `${ms(waitMs)}; without a switch ${ms(quiet.waitMs)}`,
      reached: within(waitMs),
    },
    {
      goal: `${scenario}: longest wait of a read: at most 1 ms more than without a switch`,
      value: `${ms(moreRead)} more`,
      reached: moreRead.p50 <= 1 && moreRead.p99 <= 1 && moreRead.max <= 1,
    },
  ];
}

function ratioGoal(base: StallFigures | null, other: StallFigures | null, name: string, part: number): readonly Goal[] {
  if (base === null || other === null) return [];
  const ratio = other.waitMs.p50 / base.waitMs.p50;
  return [
    {
      goal: `base: longest wait of a write, p50: ≤ 1/${part} of ${name}`,
      value: `1/${ratio.toFixed(1)} (${base.waitMs.p50.toFixed(2)} and ${other.waitMs.p50.toFixed(2)} ms)`,
      reached: ratio >= part,
    },
  ];
}

function roundTripGoal(figures: StallFigures | null, scenario: string): readonly Goal[] {
  const trips = figures?.stated?.roundTrips;
  if (trips === undefined) return [];
  return [
    {
      goal: `${scenario}: stall ≤ 4 round trips (p50)`,
      value: `p50 ${trips.p50.toFixed(2)}, p99 ${trips.p99.toFixed(2)}`,
      reached: trips.p50 <= 4,
    },
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

function minus(a: Spread, b: Spread): Spread {
  return { p50: a.p50 - b.p50, p99: a.p99 - b.p99, max: a.max - b.max };
}

function ms({ p50, p99, max }: Spread): string {
  return `${p50.toFixed(2)} / ${p99.toFixed(2)} / ${max.toFixed(2)} ms`;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
