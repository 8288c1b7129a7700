import { Command, InvalidArgumentError } from 'commander';
import { integer } from './support/integer-option.js';
import { describeMachine, machineLines } from './support/machine.js';
import { isInstalled } from './support/program.js';
import { saveReport } from './support/save-report.js';
import { THROUGHPUT_CONTENDERS } from './throughput/contenders.js';
import type { Workload } from './throughput/redis-benchmark.js';
import { throughputFigures, throughputText, workloadName } from './throughput/report.js';
import { throughputCharts } from './throughput/throughput-charts.js';
import { throughputRound, type ThroughputSample } from './throughput/run-throughput.js';

/** How many commands pass, and what one costs: Holdfast beside a direct connection and other proxies. */

interface ThroughputOptions {
  readonly rounds: number;
  readonly requests: number;
  readonly connections: readonly number[];
  readonly pipelines: readonly number[];
  readonly sizes: readonly number[];
  readonly commands: readonly Workload['command'][];
  readonly contenders: readonly string[];
  readonly loadThreads: number;
  readonly pin: boolean;
  readonly json: boolean;
  readonly save: boolean;
}

const names = THROUGHPUT_CONTENDERS.map(({ name }) => name);

function numbers(text: string): readonly number[] {
  return text.split(',').map(integer(1, 512 * 1024 * 1024));
}

function among<T extends string>(allowed: readonly T[]): (text: string) => readonly T[] {
  return (text) =>
    text.split(',').map((word) => {
      const found = allowed.find((one) => one === word);
      if (found === undefined) throw new InvalidArgumentError(`There are ${allowed.join(', ')}.`);
      return found;
    });
}

const options = new Command('npm run bench:throughput --')
  .description('Measures throughput, latency and CPU per command. Lists are written with commas.')
  .option('--rounds <count>', 'the contenders take turns so often', integer(1, 1_000), 5)
  .option('--requests <count>', 'requests of a run (four times as many with a pipeline)', integer(1_000, 1e9), 100_000)
  .option('--connections <list>', '-c of redis-benchmark', numbers, [50])
  .option('--pipelines <list>', '-P of redis-benchmark', numbers, [1, 16])
  .option('--sizes <list>', '-d of redis-benchmark, bytes', numbers, [64, 2048])
  .option('--commands <list>', 'set, get', among(['set', 'get'] as const), ['set', 'get'] as const)
  .option('--contenders <list>', names.join(', '), among(names), names)
  .option('--load-threads <count>', '--threads of redis-benchmark', integer(1, 64), 1)
  .option('--pin', 'the proxy on core 0, the server and the load on core 1 (taskset)', false)
  .option('--json', 'print one JSON object on standard output', false)
  .option('--save', 'write figures and charts to bench/results/throughput/', false)
  .parse()
  .opts<ThroughputOptions>();

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(status));
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

if (!isInstalled('redis-benchmark')) {
  say('redis-benchmark is not installed (Debian: redis-tools); it makes the load.');
  process.exit(1);
}
const contenders = THROUGHPUT_CONTENDERS.filter(({ name, program }) => {
  if (!options.contenders.includes(name)) return false;
  if (program === undefined || isInstalled(program)) return true;
  say(`${name} is left out: ${program} is not installed.`);
  return false;
});
const canPin = options.pin && isInstalled('taskset');
if (options.pin && !canPin) say('taskset is not installed: nothing is pinned.');

const machine = describeMachine(['redis-server', 'redis-benchmark', 'nutcracker', 'haproxy']);
const method = canPin
  ? 'the proxy pinned to core 0, redis-server and redis-benchmark to core 1'
  : 'nothing pinned: the proxy, redis-server and redis-benchmark share all cores';
for (const line of [...machineLines(machine), method]) say(line);

const workloads: readonly Workload[] = options.connections.flatMap((connections) =>
  options.sizes.flatMap((size) =>
    options.pipelines.flatMap((pipeline) =>
      options.commands.map((command) => ({ command, pipeline, size, connections })),
    ),
  ),
);
const samples = new Map<string, ThroughputSample[]>();
const cell = (contender: string, workload: Workload): string => `${contender} ${workloadName(workload)}`;
for (let round = 1; round <= options.rounds; round++) {
  say(`round ${round}/${options.rounds}`);
  await throughputRound(
    contenders,
    {
      workloads,
      requests: options.requests,
      loadThreads: options.loadThreads,
      pin: canPin ? { contender: 0, others: 1 } : null,
    },
    ({ name }, workload, sample) => {
      const key = cell(name, workload);
      samples.set(key, [...(samples.get(key) ?? []), sample]);
    },
  );
}

const figures = workloads.flatMap((workload) =>
  contenders.map(({ name }) => throughputFigures(name, workload, samples.get(cell(name, workload)) ?? [])),
);
const json = { machine, method, options, figures };
process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `\n${throughputText(figures)}\n`);
if (options.save) {
  const files = new Map([['figures.json', `${JSON.stringify(json, null, 2)}\n`]]);
  for (const { name, svg } of throughputCharts(figures)) files.set(name, svg);
  say(`written to ${saveReport('throughput', files)}`);
}
