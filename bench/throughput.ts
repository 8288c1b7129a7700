import { availableParallelism, totalmem } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { endOnSignals } from './support/end-on-signals.js';
import { integer } from './support/integer-option.js';
import { describeMachine, machineLines } from './support/machine.js';
import { isInstalled } from './support/program.js';
import { tableText } from './support/figure-table.js';
import { beside, THROUGHPUT_CONTENDERS } from './throughput/contenders.js';
import { figuresOf } from './throughput/figures.js';
import { goalResults } from './throughput/goals.js';
import { checkLoad } from './throughput/load-check.js';
import { LoadGenerator } from './throughput/load-generator.js';
import { estimateMs, Progress } from './throughput/progress.js';
import { publish, type ThroughputResult } from './throughput/publish.js';
import { costTable, failureLines, goalsTable, latencyTable, loadCheckTable, sizesOf } from './throughput/report.js';
import { runThroughput, type Cores, type Outcome, type ThroughputPlan } from './throughput/run-throughput.js';
import {
  bytesUnderWay,
  FULL_MATRIX,
  isFullMatrix,
  isHeavy,
  LOAD_COMMANDS,
  QUICK_MATRIX,
  workloadName,
  workloadsOf,
  type LoadCommand,
  type Workload,
} from './throughput/workload.js';

/** How many commands pass, and what one costs: Holdfast beside a direct connection and other proxies. */

interface ThroughputOptions {
  readonly quick: boolean;
  readonly rounds?: number;
  readonly warm: number;
  readonly measure: number;
  readonly minutes: number;
  readonly connections?: readonly number[];
  readonly pipelines?: readonly number[];
  readonly sizes?: readonly number[];
  readonly commands?: readonly LoadCommand[];
  readonly contenders: readonly string[];
  readonly beside?: string;
  readonly pin: boolean;
  readonly json: boolean;
  readonly save?: boolean;
}

/** Servers and proxies can keep all that is under way, each of them; where that is more than this part of the memory, it is left out. */
const MEMORY_SHARE = 1 / 5;

/** Somebody else uses the cores above this load average. */
const IDLE_LOAD = 1;

const names = THROUGHPUT_CONTENDERS.map(({ name }) => name);

function numbers(max: number): (text: string) => readonly number[] {
  return (text) => text.split(',').map(integer(1, max));
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
  .option('--quick', 'a small part of the matrix, one round: for a look', false)
  .option('--rounds <count>', 'the contenders take turns so often (3)', integer(1, 1_000))
  .option('--warm <ms>', 'before a run counts', integer(0, 60_000), 150)
  .option('--measure <ms>', 'for which a run counts', integer(1, 10_000), 500)
  .option('--minutes <count>', 'no workload begins after that', integer(1, 1_000), 23)
  .option('--connections <list>', `connections (${FULL_MATRIX.connections.join()})`, numbers(10_000))
  .option(
    '--pipelines <list>',
    `requests that a connection sends at once (${FULL_MATRIX.pipelines.join()})`,
    numbers(100),
  )
  .option('--sizes <list>', `bytes of a value (${FULL_MATRIX.sizes.join()})`, numbers(16 * 1024 * 1024))
  .option('--commands <list>', LOAD_COMMANDS.join(', '), among(LOAD_COMMANDS))
  .option('--contenders <list>', names.join(', '), among(names), names)
  .option('--beside <dist>', 'another build of Holdfast, as one more contender: what did a change bring?')
  .option('--no-pin', 'let the kernel choose the cores; else the proxy has one for itself (taskset)')
  .option('--json', 'print one JSON object on standard output', false)
  .option('--save', 'write to bench/results/throughput/ also what is a part of the matrix')
  .option('--no-save', 'write nothing')
  .parse()
  .opts<ThroughputOptions>();

endOnSignals();

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const known = THROUGHPUT_CONTENDERS.filter(({ name, program }) => {
  if (!options.contenders.includes(name)) return false;
  if (program === undefined || isInstalled(program)) return true;
  say(`${name} is left out: ${program} is not installed.`);
  return false;
});
const contenders = options.beside === undefined ? known : [...known, beside(options.beside)];

const base = options.quick ? QUICK_MATRIX : FULL_MATRIX;
const matrix = {
  connections: options.connections ?? base.connections,
  pipelines: options.pipelines ?? base.pipelines,
  sizes: options.sizes ?? base.sizes,
  commands: options.commands ?? base.commands,
};
const isWhole = isFullMatrix(matrix) && options.contenders.length === names.length;
const leftOut: string[] = [];
const workloads = workloadsOf(matrix).filter((workload) => {
  if (bytesUnderWay(workload) <= totalmem() * MEMORY_SHARE) return true;
  leftOut.push(`${workloadName(workload)} is left out: this machine has too little memory for what is under way.`);
  return false;
});

const cores = options.pin ? coresOf(availableParallelism()) : null;

/** The proxy has a core for itself; the server and the load share the other one where there are two only. */
function coresOf(count: number): Cores | null {
  if (count < 2 || !isInstalled('taskset')) {
    say('Nothing is pinned: that wants two cores and taskset.');
    return null;
  }
  return { proxy: 0, server: 1, load: count > 2 ? 2 : 1 };
}

const machine = describeMachine(['redis-server', 'redis-benchmark', 'nutcracker', 'haproxy', 'cc']);
const rounds = options.rounds ?? (options.quick ? 1 : 3);
const times = { warmMs: options.warm, measureMs: options.measure };
const plan: ThroughputPlan = {
  ...times,
  workloads,
  rounds,
  cores,
  endMs: performance.now() + options.minutes * 60_000,
};
const method = [
  cores === null
    ? 'nothing pinned: the proxy, redis-server and the load share all cores'
    : `the proxy alone on core ${cores.proxy}, redis-server on core ${cores.server}, the load on core ${cores.load}`,
  `${rounds === 1 ? 'one round' : `medians of ${rounds} rounds, the contenders in turns`}; each run ${options.measure} ms, after ${options.warm} ms that do not count`,
  ...(rounds > 1 && workloads.some(isHeavy) ? ['one round of what has more than 1 GB under way'] : []),
  ...(machine.loadBefore > IDLE_LOAD
    ? [`the machine was busy (load ${machine.loadBefore.toFixed(1)}): the figures say little`]
    : []),
  ...leftOut,
];
for (const line of [...machineLines(machine), ...method]) say(line);
say(
  `${workloads.length} workloads, ${contenders.length} contenders: about ${Math.ceil(estimateMs(plan, contenders.length) / 60_000)} minutes, ${options.minutes} at most`,
);

const generator = LoadGenerator.compile();
const outcomes = new Map<string, Outcome[]>();
const outcomesOf = (contender: string, workload: Workload): Outcome[] => {
  const key = `${contender} ${workloadName(workload)}`;
  const found = outcomes.get(key) ?? [];
  outcomes.set(key, found);
  return found;
};

const loadChecks = isWhole ? await checkLoad(generator, times, cores) : [];
const progress = new Progress(plan, contenders.length, say);
await runThroughput(contenders, plan, generator, {
  workload: (round, workload) => progress.workload(round, workload),
  outcome: ({ name }, workload, outcome) => {
    outcomesOf(name, workload).push(outcome);
    progress.outcome(name, outcome);
  },
});
progress.end();

const figures = workloads.flatMap((workload) =>
  contenders.map(({ name }) => figuresOf(name, workload, outcomesOf(name, workload))),
);
const result: ThroughputResult = { machine, method, matrix, loadChecks, goals: goalResults(figures), figures };
process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `\n${text(result)}\n`);
if (options.save ?? isWhole) say(`written to ${publish(result)}`);

function text({ figures: rows, goals, loadChecks: checks }: ThroughputResult): string {
  return [
    ...sizesOf(rows).flatMap((size) => [tableText(costTable(rows, size)), tableText(latencyTable(rows, size))]),
    ...failureLines(rows),
    ...(checks.length === 0 ? [] : [tableText(loadCheckTable(checks))]),
    tableText(goalsTable(goals)),
  ].join('\n');
}
