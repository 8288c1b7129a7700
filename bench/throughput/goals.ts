import { mediansFor, type Medians, type ThroughputFigures } from './figures.js';
import { LOAD_COMMANDS, type Workload } from './workload.js';

/** What Holdfast wants to reach: a ratio to others in the same run. */
interface Goal {
  readonly text: string;
  readonly bound: '≥' | '≤';
  readonly limit: number;
  readonly connections: number;
  readonly pipeline: number;
  readonly sizes: readonly number[];
  /** @returns null when one of the figures is not there. */
  readonly ratio: (of: (contender: string) => Medians | null) => number | null;
}

export interface GoalResult {
  readonly text: string;
  /** `≥ 1.3`. */
  readonly wanted: string;
  /** For each workload that the goal speaks of and that was measured. */
  readonly ratios: readonly { readonly workload: Workload; readonly ratio: number; readonly reached: boolean }[];
}

/** 64 KB have a goal of their own. */
const SMALL = [64, 2048];
const LARGE = [65_536];

const GOALS: readonly Goal[] = [
  {
    text: 'throughput, the best of twemproxy and HAProxy = 1; 50 connections, pipeline 1',
    bound: '≥',
    limit: 1,
    connections: 50,
    pipeline: 1,
    sizes: SMALL,
    ratio: throughputToBest,
  },
  {
    text: 'the same, pipeline 16',
    bound: '≥',
    limit: 1.3,
    connections: 50,
    pipeline: 16,
    sizes: SMALL,
    ratio: throughputToBest,
  },
  {
    text: 'throughput, direct = 1; 50 connections, pipeline 16',
    bound: '≥',
    limit: 0.8,
    connections: 50,
    pipeline: 16,
    sizes: SMALL,
    ratio: (of) => divide(of('holdfast')?.perSecond, of('direct')?.perSecond),
  },
  {
    text: 'CPU per request, the best of twemproxy and HAProxy = 1; 50 connections, pipeline 1',
    bound: '≤',
    limit: 0.9,
    connections: 50,
    pipeline: 1,
    sizes: SMALL,
    ratio: cpuToBest,
  },
  {
    text: 'the same, pipeline 16',
    bound: '≤',
    limit: 0.9,
    connections: 50,
    pipeline: 16,
    sizes: SMALL,
    ratio: cpuToBest,
  },
  {
    text: 'p50 latency added to direct, what twemproxy adds = 1; 1 connection, pipeline 1',
    bound: '≤',
    limit: 1.2,
    connections: 1,
    pipeline: 1,
    sizes: SMALL,
    ratio: addedLatency,
  },
  {
    text: 'throughput, HAProxy = 1; 50 connections, pipeline 1',
    bound: '≥',
    limit: 0.9,
    connections: 50,
    pipeline: 1,
    sizes: LARGE,
    ratio: throughputToHaproxy,
  },
  {
    text: 'the same, pipeline 16',
    bound: '≥',
    limit: 0.9,
    connections: 50,
    pipeline: 16,
    sizes: LARGE,
    ratio: throughputToHaproxy,
  },
];

type Of = Parameters<Goal['ratio']>[0];

function throughputToBest(of: Of): number | null {
  const [twemproxy, haproxy] = [of('twemproxy'), of('haproxy-tcp')];
  if (twemproxy === null || haproxy === null) return null;
  return divide(of('holdfast')?.perSecond, Math.max(twemproxy.perSecond, haproxy.perSecond));
}

function cpuToBest(of: Of): number | null {
  const [twemproxy, haproxy] = [of('twemproxy')?.cpuUs ?? null, of('haproxy-tcp')?.cpuUs ?? null];
  if (twemproxy === null || haproxy === null) return null;
  return divide(of('holdfast')?.cpuUs ?? undefined, Math.min(twemproxy, haproxy));
}

function throughputToHaproxy(of: Of): number | null {
  return divide(of('holdfast')?.perSecond, of('haproxy-tcp')?.perSecond);
}

function addedLatency(of: Of): number | null {
  const [direct, twemproxy, holdfast] = [of('direct'), of('twemproxy'), of('holdfast')];
  if (direct === null || twemproxy === null || holdfast === null) return null;
  return divide(holdfast.p50Us - direct.p50Us, twemproxy.p50Us - direct.p50Us);
}

function divide(value: number | undefined, by: number | undefined): number | null {
  return value === undefined || by === undefined || by <= 0 ? null : value / by;
}

/** Every goal, with what was measured of it. */
export function goalResults(figures: readonly ThroughputFigures[]): readonly GoalResult[] {
  return GOALS.map(({ text, bound, limit, connections, pipeline, sizes, ratio }) => {
    const workloads = sizes.flatMap((size) =>
      LOAD_COMMANDS.map((command): Workload => ({ command, pipeline, size, connections })),
    );
    return {
      text,
      wanted: `${bound} ${limit.toFixed(1)}`,
      ratios: workloads.flatMap((workload) => {
        const value = ratio((contender) => mediansFor(figures, contender, workload));
        if (value === null) return [];
        return [{ workload, ratio: value, reached: bound === '≥' ? value >= limit : value <= limit }];
      }),
    };
  });
}
