import type { Outcome, ThroughputPlan } from './run-throughput.js';
import { bytesUnderWay, isHeavy, workloadName, type Workload } from './workload.js';

/** Starting the load, filling the keys, taking the last replies. */
const OVERHEAD_MS = 100;
/** What a server and a proxy move in a millisecond where there is much; a run waits for about three turns of all connections. */
const BYTES_PER_MS = 1024 ** 2;
const TURNS = 3;

/** What a run of this workload takes, about. */
function runMs({ warmMs, measureMs }: ThroughputPlan, workload: Workload): number {
  return warmMs + measureMs + OVERHEAD_MS + (TURNS * bytesUnderWay(workload)) / BYTES_PER_MS;
}

/** What all rounds take, about. */
export function estimateMs(plan: ThroughputPlan, contenders: number): number {
  const each = plan.workloads.map((workload) => runMs(plan, workload) * (isHeavy(workload) ? 1 : plan.rounds));
  return each.reduce((sum, ms) => sum + ms, 0) * contenders;
}

/** One line for each workload, with what every contender reached as it comes to pass. */
export class Progress {
  readonly #plan: ThroughputPlan;
  readonly #contenders: number;
  readonly #say: (line: string) => void;
  readonly #startedMs = performance.now();
  #doneMs = 0;
  #line = '';

  constructor(plan: ThroughputPlan, contenders: number, say: (line: string) => void) {
    this.#plan = plan;
    this.#contenders = contenders;
    this.#say = say;
  }

  workload(round: number, workload: Workload): void {
    this.end();
    // What has been done took longer or shorter than was thought; the rest will as well.
    const estimated = estimateMs(this.#plan, this.#contenders);
    const pace = this.#doneMs === 0 ? 1 : (performance.now() - this.#startedMs) / this.#doneMs;
    const left = Math.ceil((Math.max(0, estimated - this.#doneMs) * pace) / 60_000);
    this.#line = `round ${round}/${this.#plan.rounds}, ${left} min left: ${workloadName(workload)}:`;
    this.#doneMs += runMs(this.#plan, workload) * this.#contenders;
  }

  outcome(contender: string, outcome: Outcome): void {
    const words =
      'sample' in outcome
        ? `${Math.round(outcome.sample.requests / outcome.sample.seconds)}/s`
        : `FAILED (${outcome.failure})`;
    this.#line += ` ${contender} ${words}`;
  }

  /** Prints what has not been printed yet. */
  end(): void {
    if (this.#line !== '') this.#say(this.#line);
    this.#line = '';
  }
}
