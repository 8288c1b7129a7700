import type { FigureTable } from '../support/figure-table.js';
import { mediansFor, type Medians, type ThroughputFigures } from './figures.js';
import type { GoalResult } from './goals.js';
import type { LoadCheck } from './load-check.js';
import { commandName, connectionsName, sameWorkload, sizeName, workloadName, type Workload } from './workload.js';

/** The tables of the report; who prints them decides how they look. */

export function goalsTable(goals: readonly GoalResult[]): FigureTable {
  return {
    title: 'Goals',
    words: 1,
    head: ['goal', 'wanted', 'measured', 'reached'],
    rows: goals.map(({ text, wanted, ratios }) => [text, wanted, ratiosText(ratios), reachedText(ratios)]),
  };
}

function ratiosText(ratios: GoalResult['ratios']): string {
  return distinct(ratios.map(({ workload }) => workload.size))
    .map((size) => {
      const each = ratios
        .filter(({ workload }) => workload.size === size)
        .map(({ workload, ratio }) => `${commandName(workload.command)} ${ratio.toFixed(2)}`);
      return `${sizeName(size)}: ${each.join(', ')}`;
    })
    .join('; ');
}

function reachedText(ratios: GoalResult['ratios']): string {
  const reached = ratios.filter((one) => one.reached).length;
  if (ratios.length === 0) return 'not measured';
  if (reached === ratios.length) return 'yes';
  return reached === 0 ? 'no' : `${reached} of ${ratios.length}`;
}

/**
 * Requests per second, CPU of the proxy per request, and how busy that made its core, for all workloads with values of this
 * size. A core that is not busy waited for the server and the load: the proxy could have done more.
 */
export function costTable(figures: readonly ThroughputFigures[], size: number): FigureTable {
  return contenderTable(
    'requests per second, CPU of the proxy per request (share of a core)',
    figures,
    size,
    ({ perSecond, cpuUs }) =>
      cpuUs === null
        ? rate(perSecond)
        : `${rate(perSecond)}, ${cpuUs.toFixed(cpuUs < 10 ? 2 : 1)} µs (${busy(perSecond, cpuUs)})`,
  );
}

function busy(perSecond: number, cpuUs: number): string {
  return `${Math.round((perSecond * cpuUs) / 1e4)} %`;
}

/** p50 / p99 / p99.9, ms. */
export function latencyTable(figures: readonly ThroughputFigures[], size: number): FigureTable {
  return contenderTable('latency p50 / p99 / p99.9, ms', figures, size, ({ p50Us, p99Us, p999Us }) =>
    [p50Us, p99Us, p999Us].map(ms).join(' / '),
  );
}

/** One line for each contender and workload with runs that failed. */
export function failureLines(figures: readonly ThroughputFigures[]): readonly string[] {
  return figures
    .filter(({ failures }) => failures.length > 0)
    .map(
      ({ contender, workload, failures, runs }) =>
        `${contender}, ${workloadName(workload)}: ${failures.length} of ${runs} runs failed: ${distinct(failures).join('; ')}`,
    );
}

/** How fast the generator and redis-benchmark are without a proxy. */
export function loadCheckTable(checks: readonly LoadCheck[]): FigureTable {
  return {
    title: 'The load itself, directly before the server, and redis-benchmark',
    words: 1,
    head: ['workload', 'this load', 'redis-benchmark'],
    rows: checks.map(({ workload, perSecond, redisBenchmarkPerSecond }) => [
      workloadName(workload),
      rate(perSecond),
      rate(redisBenchmarkPerSecond),
    ]),
  };
}

export function sizesOf(figures: readonly ThroughputFigures[]): readonly number[] {
  return distinct(figures.map(({ workload }) => workload.size));
}

function contenderTable(
  what: string,
  figures: readonly ThroughputFigures[],
  size: number,
  text: (medians: Medians) => string,
): FigureTable {
  const contenders = distinct(figures.map(({ contender }) => contender));
  const workloads = figures
    .map(({ workload }) => workload)
    .filter((workload, index, all) => all.findIndex((other) => sameWorkload(other, workload)) === index)
    .filter((workload) => workload.size === size);
  const cell = (contender: string, workload: Workload): string => {
    const medians = mediansFor(figures, contender, workload);
    return medians === null ? '–' : text(medians);
  };
  return {
    title: `Values of ${sizeName(size)}: ${what}`,
    words: 1,
    head: ['workload', ...contenders],
    rows: workloads.map((workload) => [
      `${commandName(workload.command)}, ${connectionsName(workload.connections)}, pipeline ${workload.pipeline}`,
      ...contenders.map((contender) => cell(contender, workload)),
    ]),
  };
}

function rate(perSecond: number): string {
  return `${(perSecond / 1e3).toFixed(perSecond < 1e5 ? 1 : 0)} k/s`;
}

function ms(us: number): string {
  const value = us / 1e3;
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
