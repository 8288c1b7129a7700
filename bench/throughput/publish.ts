import { machineLines, type Machine } from '../support/machine.js';
import { rowsMarkdown, tableMarkdown } from '../support/figure-table.js';
import { publishInReadme } from '../support/readme-block.js';
import { saveReport } from '../support/save-report.js';
import type { ThroughputFigures } from './figures.js';
import type { GoalResult } from './goals.js';
import type { LoadCheck } from './load-check.js';
import { costTable, failureLines, goalsTable, latencyTable, loadCheckTable, sizesOf } from './report.js';
import { overviewCharts, throughputCharts, type ChartFile } from './throughput-charts.js';
import { isFullMatrix, type Matrix } from './workload.js';

/** All that is known after a run. */
export interface ThroughputResult {
  readonly machine: Machine;
  readonly method: readonly string[];
  readonly matrix: Matrix;
  readonly loadChecks: readonly LoadCheck[];
  readonly goals: readonly GoalResult[];
  readonly figures: readonly ThroughputFigures[];
}

/** Figures, tables and charts in `bench/results/throughput/`, and, of the full matrix, a summary in README.md. @returns the directory. */
export function publish(result: ThroughputResult): string {
  const overview = overviewCharts(result.figures, result.matrix);
  const charts = throughputCharts(result.figures, result.matrix);
  const files = new Map([
    ['figures.json', `${JSON.stringify(result, null, 1)}\n`],
    ['README.md', reportMarkdown(result, overview, charts)],
    ...[...overview, ...charts].map(({ name, svg }) => [name, `${svg}\n`] as const),
  ]);
  const directory = saveReport('throughput', files);
  if (isFullMatrix(result.matrix)) publishInReadme('figures:throughput', summaryMarkdown(result, overview, directory));
  return directory;
}

function reportMarkdown(
  result: ThroughputResult,
  overview: readonly ChartFile[],
  charts: readonly ChartFile[],
): string {
  const { figures, goals, loadChecks } = result;
  const failures = failureLines(figures);
  const bySize = sizesOf(figures).flatMap((size) => [
    tableMarkdown(costTable(figures, size)),
    tableMarkdown(latencyTable(figures, size)),
    ...images(charts.filter(({ name }) => name.endsWith(`-${size}.svg`))),
  ]);
  return `${[
    '# Throughput',
    'Written by `npm run bench:throughput`; [what is measured and how](../../README.md#npm-run-benchthroughput).',
    conditions(result),
    tableMarkdown(goalsTable(goals)),
    ...images(overview),
    ...(failures.length === 0 ? [] : ['## Failed', failures.map((line) => `- ${line}`).join('\n')]),
    ...bySize,
    ...(loadChecks.length === 0 ? [] : [tableMarkdown(loadCheckTable(loadChecks))]),
  ].join('\n\n')}\n`;
}

/** What README.md shows. */
function summaryMarkdown(result: ThroughputResult, overview: readonly ChartFile[], directory: string): string {
  return [
    ...images(overview, `${directory}/`),
    rowsMarkdown(goalsTable(result.goals)),
    `Ratios of medians of one run of \`npm run bench:throughput\`; [all figures](${directory}/README.md), [method](bench/README.md#npm-run-benchthroughput).`,
    conditions(result),
  ].join('\n\n');
}

function conditions({ machine, method }: ThroughputResult): string {
  return [...machineLines(machine), ...method].map((line) => `- ${line}`).join('\n');
}

function images(charts: readonly ChartFile[], folder = ''): readonly string[] {
  return charts.map(({ name, title }) => `![${title}](${folder}${name})`);
}
