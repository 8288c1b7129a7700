import { setTimeout as delay } from 'node:timers/promises';
import { judge } from '../history/judge.js';
import { mayBeLost } from '../history/may-be-lost.js';
import type { Anomaly, Outcomes } from '../history/verdict.js';
import { hostAndPort } from '../support/stage.js';
import { SeededRandom } from '../unit/resp/seeded-random.js';
import { Workload } from '../workload/workload.js';
import type { Arena } from './arena.js';
import type { Heal, Strike } from './faults/fault.js';
import { isWireStep, whenReached } from './moments.js';
import { longestGapMs } from './longest-gap.js';
import type { Plan } from './plan.js';
import { failoversOf } from './failovers.js';
import { setScene, type Check, type Scene } from './scene.js';
import { sameData, settled } from './settle.js';
import { castFor } from './cast.js';

/** What is looked at is correctness: the servers and the judge share two cores with everything else. */
const PACE_MS = 12;
/** As impatient clients are. */
const DEADLINE_MS = 3_000;
/** Commands before the fault, and behind it, that show that clients are served. */
const BEFORE = 40;
const AFTERWARDS = 40;

/** What came of one run. */
export interface RunResult {
  readonly plan: Plan;
  /** Whether the switch came to the step at which the fault was to strike. */
  readonly struck: boolean;
  /** `switched`, `REFUSED lagging`, `ABORTED candidate-lost` …; `none` without a switch; `unheard`: no answer. */
  readonly outcome: string;
  readonly anomalies: readonly Anomaly[];
  /** What the fault itself has looked at and found wrong. */
  readonly problems: readonly string[];
  /** Why acknowledged writes may be missing though Holdfast did nothing wrong. */
  readonly excuses: readonly string[];
  /** null: Holdfast replaced no dead master (`auto_failover: false`); else what the reports of its failovers said of the loss. */
  readonly failovers: readonly string[] | null;
  readonly outcomes: Outcomes;
  readonly errors: Readonly<Record<string, number>>;
  /** Nothing that was to happen failed to; else why. */
  readonly hang: string;
  readonly longestGapMs: number;
  /** On the clock of the history, ms. */
  readonly startedAt: number;
  readonly tookMs: number;
  readonly notes: readonly string[];
}

/** Whether something happened that must not. */
export function isWrong({ hang, anomalies, problems, excuses, failovers }: RunResult): boolean {
  const hasFailedOver = failovers !== null && failovers.length > 0;
  const held = anomalies.filter((anomaly) => !(hasFailedOver && mayBeLost(anomaly)));
  return hang !== '' || problems.length > 0 || (held.length > 0 && excuses.length === 0);
}

/**
 * One run: load, a switch, a fault at its moment, healing, settling, judging.
 *
 * 1. Clients work until they are answered.
 * 2. The fault is armed, and the switch asked for.
 * 3. It strikes, lasts for its time, and is healed; what never struck is disarmed.
 * 4. The shard must settle, and clients must be served again.
 * 5. The clients rest. The history and what the servers have are judged.
 */
export async function run(arena: Arena, plan: Plan): Promise<RunResult> {
  const from = performance.now();
  const notes: string[] = [];
  const note = (what: string): void => void notes.push(`${Math.round(performance.now() - from)} ms: ${what}`);
  const random = new SeededRandom(plan.seed + 1);
  const excuses: string[] = [];
  const checks: Check[] = [];
  const cleanUps: (() => Promise<void> | void)[] = [];
  const scene = await setScene(arena, random, {
    note,
    excuse: (why) => excuses.push(why),
    checkLater: (check) => checks.push(check),
    atTheEnd: (cleanUp) => cleanUps.push(cleanUp),
  });
  const load = new Workload({
    target: arena.entrance,
    seed: plan.seed,
    prefix: `r${plan.seed}:`,
    cast: castFor(plan.fault),
    paceMs: PACE_MS,
    deadlineMs: DEADLINE_MS,
  });
  const wholeRun = {
    struck: false,
    outcome: 'none',
    hang: '',
    problems: new Array<string>(),
    failovers: arena.failsOver ? new Array<string>() : null,
  };
  try {
    const earlier = await failoversOf(arena.holdfast);
    await load.goesOn(BEFORE);
    const strike = (await plan.fault?.arm(scene, plan.target)) ?? null;
    Object.assign(wholeRun, await disturb(scene, plan, strike));
    const isTidying = plan.fault?.movesTheMaster ?? false;
    await settled(arena, note, isTidying);
    await load.goesOn(AFTERWARDS);
    await load.rest();
    // A burden may have made another failover necessary since.
    const master = await settled(arena, note, isTidying);
    await sameData(arena, master);
    for (const { server } of arena.nodes) await load.readBack(server);
    for (const [id, loss] of await failoversOf(arena.holdfast)) {
      if (earlier.has(id)) continue;
      note(`failover ${id}: ${loss}`);
      if (wholeRun.failovers === null) wholeRun.problems.push('a failover that nobody has allowed');
      wholeRun.failovers?.push(loss);
    }
    for (const check of checks)
      wholeRun.problems.push(await check(master.server, (wholeRun.failovers?.length ?? 0) > 0));
  } catch (error) {
    wholeRun.hang = error instanceof Error ? error.message : String(error);
    note(`gave up: ${wholeRun.hang}`);
    await load.rest();
  }
  for (const cleanUp of cleanUps) await cleanUp();
  const operations = load.operations();
  const { anomalies, outcomes, errors } = judge(operations);
  return {
    plan,
    ...wholeRun,
    problems: wholeRun.problems.filter(Boolean),
    excuses,
    anomalies,
    outcomes,
    errors,
    longestGapMs: longestGapMs(operations),
    startedAt: from,
    tookMs: performance.now() - from,
    notes,
  };
}

/** @returns when the fault is over and healed. */
async function disturb(
  scene: Scene,
  { phase, fault, lastsMs }: Plan,
  strike: Strike | null,
): Promise<{ readonly struck: boolean; readonly outcome: string }> {
  const strikes = new Once(() => {
    scene.note(`strikes at ${phase}`);
    return strike?.() ?? null;
  });
  const disarm = isWireStep(phase) ? whenReached(scene, phase, () => strikes.do()) : () => undefined;
  if (phase === 'idle') strikes.do();
  const answered = phase === 'idle' && fault !== null ? Promise.resolve('none') : switchover(scene);
  if (phase === 'preflight') strikes.do();
  // What never strikes is over with the answer; a fault may also take the answer away.
  await Promise.race([answered, strikes.done]);
  if (phase === 'settled') strikes.do();
  if (strikes.result !== undefined) await delay(lastsMs);
  disarm();
  await strikes.result?.();
  scene.note('healed');
  const outcome = await answered;
  scene.note(`the switch: ${outcome}`);
  return { struck: strikes.result !== undefined, outcome };
}

/** Something that is done at a moment that others choose. */
class Once {
  readonly done: Promise<void>;
  result: Heal | undefined;
  readonly #act: () => Heal | null;
  #isDone: () => void = () => undefined;

  constructor(act: () => Heal | null) {
    this.#act = act;
    this.done = new Promise((resolve) => {
      this.#isDone = resolve;
    });
  }

  do(): void {
    this.result = this.#act() ?? undefined;
    this.#isDone();
  }
}

/** Asks for the switch. @returns its outcome in a word or two. */
async function switchover({ arena, candidate }: Scene): Promise<string> {
  try {
    const words = await arena.holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(candidate.relay.id));
    if (words === '') return 'switched';
    return /^((REFUSED|ABORTED|UNRESOLVED) \S+|INPROGRESS)/.exec(words)?.[1] ?? `unheard`;
  } catch (error) {
    return `unheard: ${String(error)}`;
  }
}
