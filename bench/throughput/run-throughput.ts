import { spawnSync } from 'node:child_process';
import { RedisServer } from '../../test/support/redis-server.js';
import { Guard } from '../support/guard.js';
import { processCpuUs } from '../support/process-cpu.js';
import type { StartedContender, ThroughputContender } from './contender.js';
import type { LoadFigures, LoadGenerator, LoadTimes } from './load-generator.js';
import { isHeavy, type Workload } from './workload.js';

/** One run: what the load saw, and what the contender's process used for it. */
export interface ThroughputSample extends LoadFigures {
  /** User and system time per request, µs; null for a direct connection. */
  readonly cpuUs: number | null;
}

/** What came of one run: figures, or why there are none. */
export type Outcome = { readonly sample: ThroughputSample } | { readonly failure: string };

/** Which core each party has for itself, or shares. */
export interface Cores {
  readonly proxy: number;
  readonly server: number;
  readonly load: number;
}

export interface ThroughputPlan extends LoadTimes {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** Null leaves it to the kernel. */
  readonly cores: Cores | null;
  /** On the clock of `performance.now()`: no workload begins after it. */
  readonly endMs: number;
}

export interface RunObserver {
  /** A workload is about to be run by all contenders. @returns nothing; for the progress. */
  workload(round: number, workload: Workload): void;
  outcome(contender: ThroughputContender, workload: Workload, outcome: Outcome): void;
}

/**
 * All rounds. In a round every workload meets every contender in turn, all before one fresh server without persistence;
 * contenders run the whole round, so that a just-in-time compiler is warm and nobody pays for starting. Each round begins
 * with another contender, so that none always follows the same one.
 *
 * What is heavy comes in the last round only: it takes the longest, and is the first to be left out at the end of the time.
 *
 * A run that fails is an outcome as well: its contender is started anew, and the others go on.
 */
export async function runThroughput(
  contenders: readonly ThroughputContender[],
  plan: ThroughputPlan,
  generator: LoadGenerator,
  observer: RunObserver,
): Promise<void> {
  for (let round = 1; round <= plan.rounds; round++) {
    const first = (round - 1) % Math.max(1, contenders.length);
    const inTurn = [...contenders.slice(first), ...contenders.slice(0, first)];
    const workloads = plan.workloads.filter((workload) => round === plan.rounds || !isHeavy(workload));
    await oneRound(round, inTurn, { ...plan, workloads }, generator, observer);
  }
}

async function oneRound(
  round: number,
  contenders: readonly ThroughputContender[],
  plan: ThroughputPlan,
  generator: LoadGenerator,
  observer: RunObserver,
): Promise<void> {
  const guard = await Guard.start();
  const server = await RedisServer.start();
  guard.watch(server.pid);
  const turns = contenders.map((contender) => new Turn(contender, server, plan, guard));
  try {
    pinServer(server, plan.cores);
    for (const workload of plan.workloads) {
      if (performance.now() > plan.endMs) return;
      observer.workload(round, workload);
      for (const turn of turns) {
        if (!server.running) {
          await server.restart();
          pinServer(server, plan.cores);
          guard.watch(server.pid);
        }
        observer.outcome(turn.contender, workload, await turn.run(workload, generator));
      }
    }
  } finally {
    for (const turn of turns) await turn.stop();
    await server.dispose();
    guard.release();
  }
}

/** Who fails so often without a break will go on to do so, and takes the time of the others: silence alone costs twenty seconds. */
const FAILURES_IN_A_ROW = 5;

/** One contender in one round. */
class Turn {
  readonly contender: ThroughputContender;
  readonly #server: RedisServer;
  readonly #plan: ThroughputPlan;
  readonly #guard: Guard;
  #started: StartedContender | null = null;
  #failuresInARow = 0;

  constructor(contender: ThroughputContender, server: RedisServer, plan: ThroughputPlan, guard: Guard) {
    this.contender = contender;
    this.#server = server;
    this.#plan = plan;
    this.#guard = guard;
  }

  async run(workload: Workload, generator: LoadGenerator): Promise<Outcome> {
    if (this.#failuresInARow === FAILURES_IN_A_ROW) return { failure: 'left out after failures before' };
    try {
      this.#started ??= await this.#start();
      await generator.fill(this.#server.port, workload);
      const sample = await this.#measure(this.#started, workload, generator);
      this.#failuresInARow = 0;
      return { sample };
    } catch (error) {
      this.#failuresInARow += 1;
      await this.stop();
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  }

  async stop(): Promise<void> {
    await this.#started?.stop();
    this.#started = null;
  }

  async #start(): Promise<StartedContender> {
    const started = await this.contender.start(this.#server.port, pinned(this.#plan.cores?.proxy));
    if (started.pid !== null) this.#guard.watch(started.pid);
    return started;
  }

  async #measure(
    { port, pid }: StartedContender,
    workload: Workload,
    generator: LoadGenerator,
  ): Promise<ThroughputSample> {
    const edges: number[] = [];
    const { warmMs, measureMs, cores } = this.#plan;
    const figures = await generator.run(port, workload, {
      warmMs,
      measureMs,
      prefix: pinned(cores?.load),
      onEdge: () => edges.push(pid === null ? 0 : processCpuUs(pid)),
    });
    const [begin = 0, end = 0] = edges;
    return { ...figures, cpuUs: pid === null ? null : (end - begin) / figures.requests };
  }
}

/** Moves a server that runs to its core. */
export function pinServer(server: RedisServer, cores: Cores | null): void {
  if (cores !== null) spawnSync('taskset', ['-a', '-c', '-p', String(cores.server), String(server.pid)]);
}

/** @returns what to put before a command so that it runs on this core. */
export function pinned(core: number | undefined): readonly string[] {
  return core === undefined ? [] : ['taskset', '-c', String(core)];
}
