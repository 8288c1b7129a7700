import { SeededRandom } from '../unit/resp/seeded-random.js';
import { Arena } from './arena.js';
import { footprintOf } from './footprint.js';
import type { Plan } from './plan.js';
import type { Footprint } from './tally.js';
import { isWrong, run, type RunResult } from './run.js';

/** Runs on one shard: enough to save the time of starting it, few enough to see many configurations. */
const RUNS_ON_AN_ARENA = 25;

/** Short ones, so that a run in which everything times out takes seconds. */
const TIMES: Readonly<Record<string, readonly number[]>> = {
  'command-timeout-ms': [200, 500],
  'connect-timeout-ms': [300, 1000],
  'sync-timeout-ms': [100, 300, 1000],
  'promote-timeout-ms': [100, 300],
  'resolve-timeout-ms': [500, 1500],
  'settle-timeout-ms': [200, 1000],
  'retry-max-ms': [50, 200],
  'probe-interval-ms': [20, 100, 500],
  'outage-hold-ms': [300, 2000],
};

/** In one of so many shards Holdfast replaces a dead master. */
const ONE_WITH_FAILOVER_IN = 3;
/** A probe that is not answered, and one more: what `down_after_ms` can not be less than. */
const CONNECT_TIMEOUT_MS = 300;

/** Runs plans one after the other, on as few shards as will do. */
export class Campaign {
  readonly #runsOnAnArena: number;
  #arena: Arena | null = null;
  #runsLeft = 0;

  /** @param runsOnAnArena then the next ones have another shard, and another Holdfast. */
  constructor(runsOnAnArena = RUNS_ON_AN_ARENA) {
    this.#runsOnAnArena = runsOnAnArena;
  }

  /** What Holdfast takes now. */
  footprint(): Omit<Footprint, 'atMinutes'> | null {
    return this.#arena === null ? null : footprintOf(this.#arena.holdfast.pid);
  }

  /** @returns the result, and what Holdfast says when something was wrong; then the next run has another shard. */
  async run(plan: Plan): Promise<{ readonly result: RunResult; readonly isBad: boolean; readonly evidence: string }> {
    if (this.#runsLeft === 0) await this.end();
    this.#arena ??= await this.#begin(plan.seed);
    this.#runsLeft -= 1;
    const result = await run(this.#arena, plan);
    const isBad = isWrong(result);
    const evidence = isBad ? await evidenceOf(this.#arena) : '';
    if (isBad) await this.end();
    return { result, isBad, evidence };
  }

  async end(): Promise<void> {
    const arena = this.#arena;
    this.#arena = null;
    await arena?.dispose();
  }

  #begin(seed: number): Promise<Arena> {
    this.#runsLeft = this.#runsOnAnArena;
    const random = new SeededRandom(seed);
    const times = new Map(Object.entries(TIMES).map(([name, values]) => [name, random.pick(values)]));
    const workers = `--workers=${1 + random.below(2)}`;
    const failover = random.below(ONE_WITH_FAILOVER_IN) === 0 ? failoverFlags(times) : [];
    const flags = [...times].map(([name, ms]) => `--${name}=${ms}`);
    return Arena.start({ seed, flags: [...flags, '--pause-timeout-ms=2000', workers, ...failover] });
  }
}

/** Failovers as soon as the other times allow it, so that a fault lasts longer than that. */
function failoverFlags(times: Map<string, number>): readonly string[] {
  times.set('connect-timeout-ms', CONNECT_TIMEOUT_MS);
  const downAfterMs = CONNECT_TIMEOUT_MS + 2 * (times.get('probe-interval-ms') ?? 0);
  return ['--auto-failover', `--down-after-ms=${downAfterMs}`];
}

/** What an operator would look at. */
async function evidenceOf({ holdfast, nodes }: Arena): Promise<string> {
  const ask = async (what: string, answer: Promise<unknown>): Promise<string> => {
    const text = await answer.then(
      (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
      (error: unknown) => String(error),
    );
    return `## ${what}\n${text}\n`;
  };
  const parts = [
    await ask('STATUS', holdfast.admin('STATUS')),
    await ask('NODES', holdfast.admin('NODES')),
    await ask('HISTORY', holdfast.admin('HISTORY', '3')),
    await ask('CLIENT LIST', holdfast.admin('CLIENT', 'LIST')),
  ];
  for (const { server, relay } of nodes) {
    const name = `${relay.id} (${server.id})`;
    parts.push(await ask(`INFO replication of ${name}`, server.send('INFO', 'replication')));
    parts.push(await ask(`CLIENT LIST of ${name}`, server.send('CLIENT', 'LIST')));
    parts.push(`## the log of ${name}\n${server.log()}`);
  }
  parts.push(`## the log of Holdfast\n${holdfast.log()}`);
  return parts.join('\n');
}
