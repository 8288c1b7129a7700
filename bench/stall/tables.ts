import type { FigureTable } from '../support/figure-table.js';
import type { Spread } from '../support/quantile.js';
import { stallFigures, type StatedFigures } from './figures.js';
import type { Goal } from './goals.js';
import type { StallEntry } from './run-stall.js';
import type { Scenario } from './scenarios.js';

/** How long the clients of each contender waited. */
export function waitTable(entries: readonly StallEntry[]): FigureTable {
  return {
    title: 'How long clients wait round a switch (p50 / p99 / max, ms)',
    head: [
      'scenario',
      'contender',
      'longest wait of a write',
      'without a switch',
      'longest gap',
      'longest wait of a read',
      'without a switch',
      'afterwards',
    ],
    words: 2,
    rows: entries.map(({ scenario, contender, result }) => {
      const { switched, waitMs, gapMs, readWaitMs, quiet, afterMs } = stallFigures(result);
      const spreads = [waitMs, quiet.waitMs, gapMs, readWaitMs, quiet.readWaitMs, afterMs];
      return [scenario.name, contender.name, ...spreads.map((each) => (switched === 0 ? '–' : three(each)))];
    }),
  };
}

/** What came of the switches and of the writes of each contender. */
export function outcomeTable(entries: readonly StallEntry[]): FigureTable {
  return {
    title: 'What became of the switches, and of the writes',
    head: ['scenario', 'contender', 'switched', 'SET/s', 'errors', 'broken', 'followed', 'lost', 'doubled'],
    words: 2,
    rows: entries.map(({ scenario, contender, result }) => {
      const { findings, wanted, reachedRate, errors, disconnects, reconnects } = result;
      return [
        scenario.name,
        contender.name,
        `${stallFigures(result).switched}/${wanted}`,
        Number.isFinite(reachedRate) ? reachedRate : '–',
        errors,
        disconnects,
        reconnects,
        findings.lost,
        findings.doubled + findings.ranThoughRefused,
      ];
    }),
  };
}

/** What the contender with a gate states: how long it was shut, and on what. */
export function stallTable(entries: readonly StallEntry[]): FigureTable {
  const stated = statedOf(entries);
  return {
    title: 'Stall of Holdfast: gate closed to gate open (ms), and the shares of its phases',
    head: [
      'scenario',
      'stall p50 / p99 / max',
      ...(stated[0]?.figures.phases.map(({ phase }) => phase) ?? []),
      'round trip',
      'stall in round trips p50 / p99',
      'predicted p50',
      'error p50 / p90',
    ],
    words: 1,
    rows: stated.map(({ scenario, figures }) => [
      scenario.name,
      three(figures.stallMs),
      ...figures.phases.map(({ ms, share }) => `${ms.p50.toFixed(2)} (${percent(share)})`),
      figures.roundTripMs.toFixed(2),
      `${figures.roundTrips.p50.toFixed(1)} / ${figures.roundTrips.p99.toFixed(1)}`,
      figures.predictedMs.p50.toFixed(2),
      `${percent(figures.predictionError.p50)} / ${percent(figures.predictionError.p90)}`,
    ]),
  };
}

export function scenarioTable(scenarios: readonly Scenario[]): FigureTable {
  return {
    title: 'Scenarios',
    head: ['scenario', 'SET/s', 'bytes', 'connections', 'at a time', 'nodes', 'delay, one way'],
    words: 1,
    rows: scenarios.map(({ name, rate, size, connections, burst, nodes, delayMs }) => [
      name,
      rate,
      size,
      connections,
      burst,
      nodes,
      delayMs === 0 ? '–' : `${delayMs} ms`,
    ]),
  };
}

export function goalTable(goals: readonly Goal[]): FigureTable {
  return {
    title: 'Goals',
    head: ['goal', 'in this run', 'reached'],
    words: 3,
    rows: goals.map(({ goal, value, reached }) => [goal, value, reached ? 'yes' : 'no']),
  };
}

interface Stated {
  readonly scenario: Scenario;
  readonly figures: StatedFigures;
}

function statedOf(entries: readonly StallEntry[]): readonly Stated[] {
  return entries.flatMap(({ scenario, result }) => {
    const { stated } = stallFigures(result);
    return stated === null ? [] : [{ scenario, figures: stated }];
  });
}

function three({ p50, p99, max }: Spread): string {
  return [p50, p99, max].map(shortMs).join(' / ');
}

/** Three digits, or more before the point: a table of six such columns is wide enough. */
function shortMs(ms: number): string {
  return ms.toFixed(ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0);
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
