import { Command } from 'commander';
import { NO_PEAK_MEMORY } from '../test/support/peak-memory.js';
import { openFilesLimit } from './connections/idle-clients.js';
import { measureScale, type ScaleLoad, type ScalePoint, type ScaleSample } from './scale/measure-scale.js';
import { scaleChart, scaleFigures, scaleMarkdown, scaleText } from './scale/report.js';
import { endOnSignals } from './support/end-on-signals.js';
import { integer } from './support/integer-option.js';
import { describeMachine, machineLines } from './support/machine.js';
import { saveReport } from './support/save-report.js';

/** What a command and a connection cost when there are many connections, and many servers: it should stay the same. */

interface ScaleOptions {
  readonly connections: readonly number[];
  readonly nodes: readonly number[];
  readonly rate: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly json: boolean;
  readonly save: boolean;
}

/** Connections while the nodes are what differs, and nodes while the connections are. */
const USUAL: ScalePoint = { connections: 100, nodes: 2 };

const FULL: Omit<ScaleLoad, 'commandsPerSecond'> = { idleMs: 3_000, loadMs: 5_000, switchovers: 10 };
const QUICK: Omit<ScaleLoad, 'commandsPerSecond'> = { idleMs: 1_000, loadMs: 2_000, switchovers: 4 };
const QUICK_POINTS = { connections: [10, 1_000], nodes: [5], rounds: 1 };

/** Each client is a file of Holdfast's, and one of the process that holds it. */
const SPARE_FILES = 300;

const list = (text: string, min: number, max: number): readonly number[] => text.split(',').map(integer(min, max));

const options = new Command('npm run bench:scale --')
  .description('Measures CPU per command, memory per connection and the stall, over connections and nodes.')
  .option(
    '--connections <list>',
    'connections, with commas between',
    (text) => list(text, 1, 100_000),
    [10, 100, 1_000, 10_000],
  )
  .option('--nodes <list>', 'servers of the shard', (text) => list(text, 2, 20), [2, 3, 5, 10])
  .option('--rate <per second>', 'commands per second, over all connections', integer(1, 1_000_000), 10_000)
  .option('--rounds <count>', 'all of it so often; medians are shown', integer(1, 100), 3)
  .option('--quick', 'a look: few points, one round', false)
  .option('--json', 'print one JSON object on standard output', false)
  .option('--save', 'write figures, table and chart to bench/results/scale/', false)
  .parse()
  .opts<ScaleOptions>();

endOnSignals();

const say = (text: string): void => void process.stderr.write(`${text}\n`);
if (NO_PEAK_MEMORY !== '') {
  say(NO_PEAK_MEMORY);
  process.exit(1);
}

const { connections, nodes, rounds } = options.quick ? QUICK_POINTS : options;
const load: ScaleLoad = { ...(options.quick ? QUICK : FULL), commandsPerSecond: options.rate };
const possible = connections.filter((count) => {
  if (count + SPARE_FILES <= openFilesLimit()) return true;
  say(`${count} connections are left out: a process may open ${openFilesLimit()} files here (ulimit -n).`);
  return false;
});
const overConnections = possible.map((count): ScalePoint => ({ ...USUAL, connections: count }));
const overNodes = nodes.map((count): ScalePoint => ({ ...USUAL, nodes: count }));
const points = [...overConnections, ...overNodes.filter((point) => !overConnections.some((one) => same(one, point)))];

const machine = describeMachine(['redis-server']);
const method = `${options.rate} commands/s of 64 bytes (SET, and some GET, INCR and RPUSH) dealt round all connections; ${rounds} rounds`;
for (const line of [...machineLines(machine), method]) say(line);

const runs = points.map((point) => ({ point, runs: [] as ScaleSample[] }));
for (let round = 1; round <= rounds; round++) {
  for (const { point, runs: samples } of runs) {
    const sample = await measureScale(point, load);
    samples.push(sample);
    const { commandCpuUs, commandsPerSecond, problem } = sample;
    say(
      `round ${round}/${rounds}: ${point.connections} connections, ${point.nodes} nodes: ` +
        `${commandCpuUs.toFixed(1)} µs per command at ${Math.round(commandsPerSecond)}/s ${problem}`,
    );
  }
}

const figures = scaleFigures(runs);
const json = { machine, method, options: { ...options, connections: possible, nodes, rounds }, figures, runs };
process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `\n${scaleText(figures)}\n`);
if (options.save) {
  const among = (wanted: readonly ScalePoint[]) =>
    figures.filter(({ point }) => wanted.some((one) => same(one, point)));
  const files = new Map([
    ['figures.json', `${JSON.stringify(json, null, 2)}\n`],
    [
      'README.md',
      `# Cost over scale\n\n${[...machineLines(machine), method].join('  \n')}\n\n${scaleMarkdown(figures)}\n\n![](scale.svg)\n`,
    ],
    ['scale.svg', scaleChart({ connections: among(overConnections), nodes: among(overNodes) })],
  ]);
  say(`written to ${saveReport('scale', files)}`);
}

function same(one: ScalePoint, other: ScalePoint): boolean {
  return one.connections === other.connections && one.nodes === other.nodes;
}
