import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_LOAD } from './load/settings.js';
import { controllerContender } from './stall/controller-steps.js';
import { holdfastContender } from './stall/holdfast.js';
import { redisFailoverContender } from './stall/redis-failover.js';
import { stallFigures, stallText } from './stall/report.js';
import { addResults, NO_RESULT, stallRound, type StallResult } from './stall/run-stall.js';
import { integer } from './support/integer-option.js';
import { describeMachine, machineLines } from './support/machine.js';
import { saveResult } from './support/save-result.js';

/** How long writes stand still when the master moves: Holdfast beside the other ways to move it. */

const CONTENDERS = [holdfastContender, controllerContender, redisFailoverContender];

interface StallOptions {
  readonly switchovers: number;
  readonly rounds: number;
  readonly rest: number;
  readonly rate: number;
  readonly size: number;
  readonly connections: number;
  readonly contenders: readonly string[];
  readonly json: boolean;
  readonly save: boolean;
}

function contenderNames(text: string): readonly string[] {
  const names = text.split(',');
  const unknown = names.find((name) => !CONTENDERS.some((contender) => contender.name === name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There are ${CONTENDERS.map(({ name }) => name).join(', ')}.`);
  }
  return names;
}

const options = new Command('npm run bench:stall --')
  .description('Measures how long writes stand still when the master moves.')
  .option('--switchovers <count>', 'switches per contender', integer(1, 100_000), 100)
  .option('--rounds <count>', 'the contenders take turns so often', integer(1, 1_000), 5)
  .option('--rest <ms>', 'between two switches', integer(0, 60_000), 500)
  .option('--rate <per second>', 'SETs per second, over all connections', integer(1, 1_000_000), DEFAULT_LOAD.rate)
  .option('--size <bytes>', 'size of a value', integer(20, 16 * 1024 * 1024), DEFAULT_LOAD.size)
  .option('--connections <count>', 'clients', integer(1, 5_000), DEFAULT_LOAD.connections)
  .option(
    '--contenders <names>',
    'which ones, with commas between',
    contenderNames,
    CONTENDERS.map(({ name }) => name),
  )
  .option('--json', 'print one JSON object on standard output', false)
  .option('--save', 'write the figures to bench/results/', false)
  .parse()
  .opts<StallOptions>();

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(status));
}

const machine = describeMachine(['redis-server']);
const say = (text: string): void => void process.stderr.write(`${text}\n`);
for (const line of machineLines(machine)) say(line);

const contenders = CONTENDERS.filter(({ name }) => options.contenders.includes(name));
for (const { name, method } of contenders) say(`${name}: ${method}`);

const { rate, size, connections } = options;
const results = new Map<string, StallResult>(contenders.map(({ name }) => [name, NO_RESULT]));
for (let round = 0; round < options.rounds; round++) {
  const count = Math.floor((options.switchovers + round) / options.rounds);
  for (const contender of contenders) {
    const result = await stallRound(
      contender,
      { ...DEFAULT_LOAD, rate, size, connections },
      { count, restMs: options.rest },
    );
    results.set(contender.name, addResults(results.get(contender.name) ?? NO_RESULT, result));
    const { waitMs } = stallFigures(result);
    say(
      `round ${round + 1}/${options.rounds} ${contender.name}: ${count} switches, wait p50 ${waitMs.p50.toFixed(2)} max ${waitMs.max.toFixed(2)} ms, ${result.reachedRate} SET/s`,
    );
  }
}

const json = {
  machine,
  options,
  methods: Object.fromEntries(contenders.map(({ name, method }) => [name, method])),
  results: Object.fromEntries([...results].map(([name, result]) => [name, { ...stallFigures(result), ...result }])),
};
process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `\n${stallText(results)}\n`);
if (options.save) say(`written to ${saveResult('stall', json)}`);
