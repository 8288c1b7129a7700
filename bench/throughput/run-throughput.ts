import { spawnSync } from 'node:child_process';
import { RedisServer } from '../../test/support/redis-server.js';
import { Guard } from '../support/guard.js';
import { processCpuUs } from '../support/process-cpu.js';
import type { ThroughputContender } from './contender.js';
import { runRedisBenchmark, type BenchmarkFigures, type Workload } from './redis-benchmark.js';

/** One run: what the load saw, and what the contender's process used for it. */
export interface ThroughputSample extends BenchmarkFigures {
  /** User and system time per request, µs; null for a direct connection. */
  readonly cpuUs: number | null;
}

export interface ThroughputPlan {
  readonly workloads: readonly Workload[];
  /** Requests of a run without a pipeline; with one there are four times as many, as they pass so much faster. */
  readonly requests: number;
  readonly loadThreads: number;
  /** Cores: the contender on the first, the server and the load on the second; null leaves it to the kernel. */
  readonly pin: { readonly contender: number; readonly others: number } | null;
}

/** Called with each run as it ends. */
export type OnSample = (contender: ThroughputContender, workload: Workload, sample: ThroughputSample) => void;

/**
 * One round: every workload with every contender in turn, all before one fresh server without persistence. Contenders run
 * the whole round, so that a just-in-time compiler is warm and nobody pays for starting.
 */
export async function throughputRound(
  contenders: readonly ThroughputContender[],
  plan: ThroughputPlan,
  onSample: OnSample,
): Promise<void> {
  const guard = await Guard.start();
  const server = await RedisServer.start();
  guard.watch(server.pid);
  const stops: (() => Promise<void>)[] = [];
  try {
    if (plan.pin !== null) spawnSync('taskset', ['-a', '-c', '-p', String(plan.pin.others), String(server.pid)]);
    const running = [];
    for (const contender of contenders) {
      const started = await contender.start(server.port, pinned(plan.pin?.contender));
      stops.push(() => started.stop());
      if (started.pid !== null) guard.watch(started.pid);
      running.push({ contender, started });
    }
    for (const workload of plan.workloads) {
      for (const { contender, started } of running) {
        onSample(contender, workload, await measure(started, workload, plan));
      }
    }
  } finally {
    for (const stop of stops) await stop();
    await server.dispose();
    guard.release();
  }
}

async function measure(
  { port, pid }: { readonly port: number; readonly pid: number | null },
  workload: Workload,
  plan: ThroughputPlan,
): Promise<ThroughputSample> {
  const load = { prefix: pinned(plan.pin?.others), threads: plan.loadThreads };
  const requests = workload.pipeline > 1 ? plan.requests * 4 : plan.requests;
  // A tenth beforehand, not counted: fills the keys that a GET reads, and warms what wants to be warm.
  await runRedisBenchmark(port, { ...workload, command: 'set' }, Math.ceil(requests / 10), load);
  const before = pid === null ? 0 : processCpuUs(pid);
  const figures = await runRedisBenchmark(port, workload, requests, load);
  return { ...figures, cpuUs: pid === null ? null : (processCpuUs(pid) - before) / requests };
}

function pinned(core: number | undefined): readonly string[] {
  return core === undefined ? [] : ['taskset', '-c', String(core)];
}
