import Table from 'cli-table3';
import { histogram } from '../support/charts.js';
import { spread, type Spread } from '../support/quantile.js';
import type { StallResult } from './run-stall.js';

/** The figures of one contender, as the table and the JSON have them. Times in ms. */
export interface StallFigures {
  readonly switched: number;
  readonly notSwitched: Readonly<Record<string, number>>;
  /** Gate closed → gate open, where there is a gate. */
  readonly stallMs: Spread | null;
  /** Longest time that a write waited, round each switch. */
  readonly waitMs: Spread;
  /** Longest silence between two acknowledgements, round each switch. */
  readonly gapMs: Spread;
  /** The same without a switch. */
  readonly quietWaitMs: Spread;
  readonly quietGapMs: Spread;
}

export function stallFigures({ samples }: StallResult): StallFigures {
  const done = samples.filter(({ outcome }) => outcome === 'switched');
  const stalls = done.flatMap(({ stallMs }) => (stallMs === null ? [] : [stallMs]));
  const failed = samples.filter(({ outcome }) => outcome !== 'switched');
  return {
    switched: done.length,
    notSwitched: Object.fromEntries(
      [...new Set(failed.map(({ outcome }) => outcome))].map((outcome) => [
        outcome,
        failed.filter((sample) => sample.outcome === outcome).length,
      ]),
    ),
    stallMs: stalls.length === 0 ? null : spread(stalls),
    waitMs: spread(done.map(({ maxWaitMs }) => maxWaitMs)),
    gapMs: spread(done.map(({ maxGapMs }) => maxGapMs)),
    quietWaitMs: spread(samples.map(({ quietMaxWaitMs }) => quietMaxWaitMs)),
    quietGapMs: spread(samples.map(({ quietMaxGapMs }) => quietMaxGapMs)),
  };
}

/** The table for people, and a histogram for each contender. */
export function stallText(results: ReadonlyMap<string, StallResult>): string {
  const table = new Table({
    head: [
      '',
      'switched',
      'stall p50',
      'p99',
      'max',
      'wait p50',
      'p99',
      'max',
      'gap p50',
      'p99',
      'max',
      'quiet p50',
      'p99',
      'errors',
      'broken',
      'lost',
      'doubled',
    ],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...Array.from({ length: 16 }, () => 'right' as const)],
  });
  const pictures: string[] = [];
  for (const [name, result] of results) {
    const figures = stallFigures(result);
    table.push([
      name,
      `${figures.switched}/${result.samples.length}`,
      ...(figures.stallMs === null
        ? ['', '', '']
        : [figures.stallMs.p50, figures.stallMs.p99, figures.stallMs.max].map(ms)),
      ...[figures.waitMs.p50, figures.waitMs.p99, figures.waitMs.max].map(ms),
      ...[figures.gapMs.p50, figures.gapMs.p99, figures.gapMs.max].map(ms),
      ...[figures.quietWaitMs.p50, figures.quietWaitMs.p99].map(ms),
      result.errors,
      `${result.disconnects} (${result.reconnects})`,
      result.findings.lost,
      result.findings.doubled + result.findings.ranThoughRefused,
    ]);
    pictures.push(
      '',
      `${name}: longest wait of a write at each switch`,
      ...histogram(result.samples.filter(({ outcome }) => outcome === 'switched').map(({ maxWaitMs }) => maxWaitMs)),
    );
    for (const [outcome, count] of Object.entries(figures.notSwitched)) pictures.push(`  ${count} × ${outcome}`);
    for (const text of result.errorTexts) pictures.push(`  error seen by clients: ${text}`);
  }
  return [
    table.toString(),
    'Times in ms. stall: gate closed to gate open; wait: longest time a write waited for its acknowledgement, round a switch;',
    'gap: longest silence between two acknowledgements; quiet: longest wait in 200 ms without a switch, just before each;',
    "broken: connections lost by the server's or proxy's doing (given up by the clients themselves to follow the master).",
    ...pictures,
  ].join('\n');
}

function ms(value: number): string {
  return value.toFixed(2);
}
