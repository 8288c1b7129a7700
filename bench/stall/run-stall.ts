import { monotonicMs } from '../load/monotonic.js';
import type { StallContender } from './contender.js';
import type { Scenario } from './scenarios.js';
import { stallRound } from './stall-round.js';
import { addResults, NO_RESULT, type StallResult } from './stall-result.js';

/** A round without its switches: servers, load and verdict, roughly. */
const ROUND_MS = 6_500;

/** What came of one contender in one scenario. */
export interface StallEntry {
  readonly scenario: Scenario;
  readonly contender: StallContender;
  readonly result: StallResult;
}

export interface StallPlan {
  readonly scenarios: readonly Scenario[];
  readonly contenders: readonly StallContender[];
  /** On the monotonic clock: what has not begun by then is left out. */
  readonly deadlineMs: number;
  readonly say: (text: string) => void;
}

/** Measures it all, scenario by scenario; within one, the contenders take turns. A round that fails is noted. */
export async function runStall(plan: StallPlan): Promise<readonly StallEntry[]> {
  const entries: StallEntry[] = [];
  for (const scenario of plan.scenarios) entries.push(...(await runScenario(plan, scenario)));
  return entries;
}

async function runScenario(plan: StallPlan, scenario: Scenario): Promise<readonly StallEntry[]> {
  const contenders = plan.contenders.filter((each) => takesPart(each, scenario));
  const results = new Map<StallContender, StallResult>(contenders.map((contender) => [contender, NO_RESULT]));
  const add = (contender: StallContender, result: StallResult): void =>
    void results.set(contender, addResults(results.get(contender) ?? NO_RESULT, result));
  let rate = { perSecond: scenario.rate, isProven: false };
  for (let round = 0; round < scenario.rounds; round++) {
    for (const contender of contenders) {
      if (monotonicMs() > plan.deadlineMs) {
        plan.say(`${scenario.name}: the time is over, round ${round + 1} of ${contender.name} is left out`);
        add(contender, { ...NO_RESULT, wanted: countInRound(scenario, contender, round) });
        continue;
      }
      const result = await tryRound(plan, { ...scenario, rate: rate.perSecond }, contender, round, rate.isProven);
      add(contender, result);
      // All of them are measured under the load that the machine sustains.
      if (result.failures.length === 0) {
        rate = { perSecond: Math.min(rate.perSecond, result.sustainedRate), isProven: true };
      }
    }
  }
  return [...results].map(([contender, result]) => ({ scenario, contender, result }));
}

async function tryRound(
  plan: StallPlan,
  scenario: Scenario,
  contender: StallContender,
  round: number,
  rateIsProven: boolean,
): Promise<StallResult> {
  const name = `${scenario.name} ${round + 1}/${scenario.rounds} ${contender.name}`;
  const switchovers = countInRound(scenario, contender, round);
  const { deadlineMs, say } = plan;
  try {
    const result = await stallRound({ scenario, contender, switchovers, rateIsProven, deadlineMs, say });
    const switched = result.samples.filter(({ outcome }) => outcome === 'switched').length;
    say(`${name}: ${switched} of ${switchovers} switches, ${result.reachedRate} SET/s`);
    return result;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    say(`${name}: FAILED: ${words}`);
    return { ...NO_RESULT, wanted: switchovers, failures: [words] };
  }
}

/** How long all of it takes, roughly. */
export function expectedMs({ scenarios, contenders }: Pick<StallPlan, 'scenarios' | 'contenders'>): number {
  let ms = 0;
  for (const scenario of scenarios) {
    for (const contender of contenders.filter((each) => takesPart(each, scenario))) {
      ms += ROUND_MS * scenario.rounds + contender.aboutMs * countOf(scenario, contender);
    }
  }
  return ms;
}

/** @returns whether a scenario is about this contender. */
export function takesPart({ name }: StallContender, { contenders }: Scenario): boolean {
  return contenders === null || contenders.includes(name);
}

/** Never less than one in a round. */
function countOf({ switchovers, rounds }: Scenario, { share }: StallContender): number {
  return Math.max(rounds, Math.round(switchovers * share));
}

function countInRound(scenario: Scenario, contender: StallContender, round: number): number {
  return Math.floor((countOf(scenario, contender) + round) / scenario.rounds);
}
