import { median } from '../support/quantile.js';
import type { Outcome, ThroughputSample } from './run-throughput.js';
import { sameWorkload, type Workload } from './workload.js';

/** All runs of one contender with one workload: the median of each figure. */
export interface ThroughputFigures {
  readonly contender: string;
  readonly workload: Workload;
  readonly runs: number;
  /** Why runs have no figures. */
  readonly failures: readonly string[];
  /** Null when no run has figures. */
  readonly medians: Medians | null;
}

export interface Medians {
  readonly perSecond: number;
  /** Lowest and highest throughput of the runs: how far the median can be trusted. */
  readonly lowestPerSecond: number;
  readonly highestPerSecond: number;
  /** User and system time of the proxy per request; null for a direct connection. */
  readonly cpuUs: number | null;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** User and system time of the load generator per request. */
  readonly loadCpuUs: number;
}

export function figuresOf(contender: string, workload: Workload, outcomes: readonly Outcome[]): ThroughputFigures {
  const samples = outcomes.flatMap((outcome) => ('sample' in outcome ? [outcome.sample] : []));
  const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  return {
    contender,
    workload,
    runs: outcomes.length,
    failures,
    medians: samples.length === 0 ? null : mediansOf(samples),
  };
}

function mediansOf(samples: readonly ThroughputSample[]): Medians {
  const middle = (pick: (sample: ThroughputSample) => number): number => median(samples.map(pick));
  const perSecond = ({ requests, seconds }: ThroughputSample): number => requests / seconds;
  const hasCpu = samples.every(({ cpuUs }) => cpuUs !== null);
  return {
    perSecond: middle(perSecond),
    lowestPerSecond: Math.min(...samples.map(perSecond)),
    highestPerSecond: Math.max(...samples.map(perSecond)),
    cpuUs: hasCpu ? middle(({ cpuUs }) => cpuUs ?? 0) : null,
    p50Us: middle(({ p50Us }) => p50Us),
    p99Us: middle(({ p99Us }) => p99Us),
    p999Us: middle(({ p999Us }) => p999Us),
    loadCpuUs: middle(({ ownCpuUs, requests }) => ownCpuUs / requests),
  };
}

/** @returns null when this was not measured, or has failed. */
export function mediansFor(
  figures: readonly ThroughputFigures[],
  contender: string,
  workload: Workload,
): Medians | null {
  return figures.find((row) => row.contender === contender && sameWorkload(row.workload, workload))?.medians ?? null;
}
