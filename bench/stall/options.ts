import { Command, InvalidArgumentError } from 'commander';
import { MIN_VALUE_BYTES } from '../load/settings.js';
import { integer } from '../support/integer-option.js';
import type { StallContender } from './contender.js';
import { controllerContender } from './controller-steps.js';
import { holdfastContender } from './holdfast.js';
import { redisFailoverContender } from './redis-failover.js';
import { changedScenario, QUICK_SCENARIOS, SCENARIOS, type Scenario, type ScenarioChange } from './scenarios.js';
import { sentinelContender } from './sentinel-failover.js';

const CONTENDERS = [holdfastContender, controllerContender, redisFailoverContender, sentinelContender];

/** Parameters of a scenario that the command line can set for all scenarios. */
const OVERRIDES = ['rate', 'size', 'connections', 'burst', 'nodes', 'delayMs', 'switchovers', 'rounds'] as const;

interface Flags extends Pick<ScenarioChange, (typeof OVERRIDES)[number]> {
  readonly scenarios?: readonly Scenario[];
  readonly contenders?: readonly StallContender[];
  readonly quick: boolean;
  readonly limit: number;
  readonly json: boolean;
  readonly save: boolean;
}

export interface StallOptions {
  readonly scenarios: readonly Scenario[];
  readonly contenders: readonly StallContender[];
  readonly limitMs: number;
  readonly json: boolean;
  readonly save: boolean;
}

/** Reads the command line; ends the process with a message when it is wrong. */
export function stallOptions(): StallOptions {
  const flags = new Command('npm run bench:stall --')
    .description('Measures how long writes stand still when the master moves, for Holdfast and other ways to move it.')
    .option('--quick', 'a look of less than a minute', false)
    .option('--scenarios <names>', `of ${names(SCENARIOS)}; default: all`, named(SCENARIOS))
    .option('--contenders <names>', `of ${names(CONTENDERS)}; default: all`, named(CONTENDERS))
    .option('--switchovers <count>', 'switches of Holdfast; the others have their share', integer(1, 100_000))
    .option('--rounds <count>', 'the contenders take turns so often', integer(1, 1_000))
    .option('--rate <per second>', 'SETs per second, over all connections', integer(1, 1_000_000))
    .option('--size <bytes>', 'size of a value', integer(MIN_VALUE_BYTES, 16 * 1024 * 1024))
    .option('--connections <count>', 'clients', integer(1, 5_000))
    .option('--burst <count>', 'operations that a client sends at a time', integer(1, 64))
    .option('--nodes <count>', 'nodes of the shard', integer(2, 10))
    .option('--delay-ms <ms>', 'how long everything is on its way, one way', milliseconds)
    .option('--limit <minutes>', 'no switch begins later', integer(1, 10_000), 25)
    .option('--json', 'print one JSON object on standard output', false)
    .option('--save', 'write figures, tables and charts to bench/results/stall/', false)
    .parse()
    .opts<Flags>();
  const chosen = flags.scenarios ?? (flags.quick ? QUICK_SCENARIOS : SCENARIOS);
  const given: ScenarioChange = Object.fromEntries(
    OVERRIDES.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]])),
  );
  return {
    scenarios: chosen.map((scenario) => changedScenario(scenario, given)),
    contenders: flags.contenders ?? CONTENDERS,
    limitMs: flags.limit * 60_000,
    json: flags.json,
    save: flags.save,
  };
}

function names(all: readonly { readonly name: string }[]): string {
  return all.map(({ name }) => name).join(', ');
}

function named<T extends { readonly name: string }>(all: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    text.split(',').map((name) => {
      const found = all.find((each) => each.name === name);
      if (found === undefined) throw new InvalidArgumentError(`There are ${names(all)}.`);
      return found;
    });
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1_000)) throw new InvalidArgumentError('It must be a number from 0 to 1000.');
  return value;
}
