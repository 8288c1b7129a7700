import Table from 'cli-table3';
import { quantile } from '../support/quantile.js';
import type { Workload } from './redis-benchmark.js';
import type { ThroughputSample } from './run-throughput.js';

/** All runs of one contender with one workload, as the median of each figure. */
export interface ThroughputFigures extends ThroughputSample {
  readonly contender: string;
  readonly workload: Workload;
  readonly runs: number;
  /** Lowest and highest throughput of the runs: how far the median can be trusted. */
  readonly lowestPerSecond: number;
  readonly highestPerSecond: number;
}

export function throughputFigures(
  contender: string,
  workload: Workload,
  samples: readonly ThroughputSample[],
): ThroughputFigures {
  const median = (pick: (sample: ThroughputSample) => number): number => quantile(samples.map(pick), 0.5);
  const perSecond = samples.map(({ requestsPerSecond }) => requestsPerSecond);
  const hasCpu = samples.some(({ cpuUs }) => cpuUs !== null);
  return {
    contender,
    workload,
    runs: samples.length,
    requestsPerSecond: median((sample) => sample.requestsPerSecond),
    lowestPerSecond: Math.min(...perSecond),
    highestPerSecond: Math.max(...perSecond),
    p50Ms: median((sample) => sample.p50Ms),
    p99Ms: median((sample) => sample.p99Ms),
    maxMs: median((sample) => sample.maxMs),
    cpuUs: hasCpu ? median((sample) => sample.cpuUs ?? 0) : null,
  };
}

export function throughputText(figures: readonly ThroughputFigures[]): string {
  const table = new Table({
    head: ['workload', 'through', 'requests/s', 'lowest', 'highest', 'CPU µs/request', 'p50 ms', 'p99 ms'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const row of figures) {
    table.push([
      workloadName(row.workload),
      row.contender,
      Math.round(row.requestsPerSecond),
      Math.round(row.lowestPerSecond),
      Math.round(row.highestPerSecond),
      row.cpuUs === null ? '' : row.cpuUs.toFixed(2),
      row.p50Ms.toFixed(3),
      row.p99Ms.toFixed(3),
    ]);
  }
  return `${table.toString()}\nMedians of ${figures[0]?.runs ?? 0} runs; CPU: user and system time of the proxy's process, from /proc.`;
}

/** As redis-benchmark would spell it. */
export function workloadName({ command, pipeline, size, connections }: Workload): string {
  return `${command.toUpperCase()} ${size} B -c ${connections} -P ${pipeline}`;
}
