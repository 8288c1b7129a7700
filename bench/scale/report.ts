import Table from 'cli-table3';
import { median, quantile } from '../support/quantile.js';
import { barChart } from '../support/svg-charts.js';
import type { ScalePoint, ScaleSample } from './measure-scale.js';

/** All runs of one point: the median of each figure, the stalls together. */
export interface ScaleFigures extends Omit<ScaleSample, 'stallsMs' | 'problem'> {
  readonly point: ScalePoint;
  readonly runs: number;
  readonly stallP50Ms: number;
  readonly stallMaxMs: number;
  /** Memory of one more connection, idle and under load, bytes; null where there are too few to tell. */
  readonly idleBytesEach: number | null;
  readonly loadedBytesEach: number | null;
  readonly problems: readonly string[];
}

/** Fewer connections than this take less memory than differs from run to run. */
const MIN_CONNECTIONS_TO_DIVIDE = 1_000;

export function scaleFigures(
  samples: readonly { readonly point: ScalePoint; readonly runs: readonly ScaleSample[] }[],
): readonly ScaleFigures[] {
  const rows = samples.map(({ point, runs }) => {
    const middle = (pick: (sample: ScaleSample) => number): number => median(runs.map(pick));
    const stalls = runs.flatMap(({ stallsMs }) => stallsMs);
    return {
      point,
      runs: runs.length,
      idleBytes: middle((run) => run.idleBytes),
      loadedBytes: middle((run) => run.loadedBytes),
      idleCpuUs: middle((run) => run.idleCpuUs),
      commandCpuUs: middle((run) => run.commandCpuUs),
      commandsPerSecond: middle((run) => run.commandsPerSecond),
      stallP50Ms: quantile(stalls, 0.5),
      stallMaxMs: quantile(stalls, 1),
      problems: runs.flatMap(({ problem }) => (problem === '' ? [] : [problem])),
    };
  });
  const least = rows.reduce((a, b) => (b.point.connections < a.point.connections ? b : a));
  return rows.map((row) => {
    const more = row.point.connections - least.point.connections;
    const each = (bytes: number): number | null =>
      row.point.connections < MIN_CONNECTIONS_TO_DIVIDE || more === 0 ? null : Math.round(bytes / more);
    return {
      ...row,
      idleBytesEach: each(row.idleBytes - least.idleBytes),
      loadedBytesEach: each(row.loadedBytes - least.loadedBytes),
    };
  });
}

const HEAD = [
  'connections',
  'nodes',
  'CPU µs/command',
  'CPU idle, ms/s',
  'memory idle, MB',
  'KB each',
  'under load, MB',
  'KB each',
  'stall p50 ms',
  'stall max ms',
];

function cells(row: ScaleFigures): readonly string[] {
  const each = (bytes: number | null): string => (bytes === null ? '–' : (bytes / 1024).toFixed(1));
  const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return [
    row.point.connections.toLocaleString('en'),
    String(row.point.nodes),
    row.commandCpuUs.toFixed(1),
    (row.idleCpuUs / 1e3).toFixed(1),
    mb(row.idleBytes),
    each(row.idleBytesEach),
    mb(row.loadedBytes),
    each(row.loadedBytesEach),
    row.stallP50Ms.toFixed(2),
    row.stallMaxMs.toFixed(2),
  ];
}

/** For a terminal. */
export function scaleText(figures: readonly ScaleFigures[]): string {
  const table = new Table({
    head: HEAD,
    style: { head: [], border: [], compact: true },
    colAligns: HEAD.map(() => 'right' as const),
    wordWrap: true,
    colWidths: HEAD.map(() => 13),
  });
  for (const row of figures) table.push([...cells(row)]);
  return [table.toString(), ...problemLines(figures)].join('\n');
}

export function scaleMarkdown(figures: readonly ScaleFigures[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [
    line(HEAD),
    line(HEAD.map(() => '---:')),
    ...figures.map((row) => line(cells(row))),
    ...problemLines(figures),
  ].join('\n');
}

function problemLines(figures: readonly ScaleFigures[]): readonly string[] {
  return figures.flatMap(({ point, problems }) =>
    problems.map((problem) => `\n${point.connections} connections, ${point.nodes} nodes: ${problem}`),
  );
}

/**
 * A picture for each thing that should not grow, over connections and over nodes.
 *
 * @param sweeps which rows belong to which axis.
 */
export function scaleChart(sweeps: {
  readonly connections: readonly ScaleFigures[];
  readonly nodes: readonly ScaleFigures[];
}): string {
  const axes = [
    { rows: sweeps.connections, over: 'connections', name: ({ point }: ScaleFigures) => short(point.connections) },
    { rows: sweeps.nodes, over: 'nodes', name: ({ point }: ScaleFigures) => String(point.nodes) },
  ];
  const metrics: readonly { title: string; pick: (row: ScaleFigures) => number | null }[] = [
    { title: 'CPU, µs per command', pick: (row) => row.commandCpuUs },
    { title: 'CPU while nobody says anything, ms per s', pick: (row) => row.idleCpuUs / 1e3 },
    { title: 'Memory under load, MB', pick: (row) => row.loadedBytes / 2 ** 20 },
    { title: 'Stall, median, ms', pick: (row) => row.stallP50Ms },
  ];
  return barChart({
    title: 'Cost over scale',
    unit: 'the same number of commands per second everywhere; flat is good',
    series: [{ name: 'holdfast', color: '#e5534b' }],
    columns: axes.length,
    panels: metrics.flatMap(({ title, pick }) =>
      axes.map(({ rows, over, name }) => ({
        title: `${title}, by ${over}`,
        categories: rows.map(name),
        values: [rows.map(pick)],
      })),
    ),
  });
}

function short(count: number): string {
  return count >= 1_000 ? `${count / 1_000}k` : String(count);
}
