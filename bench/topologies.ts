import { Command } from 'commander';
import { endOnSignals } from './support/end-on-signals.js';
import { rowsMarkdown, tableText } from './support/figure-table.js';
import { integer } from './support/integer-option.js';
import { describeMachine, machineLines } from './support/machine.js';
import { publishInReadme } from './support/readme-block.js';
import { saveReport } from './support/save-report.js';
import { ENVIRONMENTS } from './topologies/environments.js';
import { measureTopology, type TopologyResult } from './topologies/measure-topology.js';
import { topologyTable } from './topologies/report.js';

/** What a switch costs under each of those who may own the roles of a shard, with an oracle for what was written. */

interface TopologiesOptions {
  readonly rounds: number;
  readonly only?: readonly string[];
  readonly json: boolean;
  readonly save: boolean;
}

const names = ENVIRONMENTS.map(({ name }) => name);
const options = new Command('npm run bench:topologies --')
  .description('Measures the stall of switches under load in each environment.')
  .option('--rounds <count>', 'switches in each', integer(1, 1000), 30)
  .option('--only <list>', `some of ${names.join(', ')}`, (text) => text.split(','))
  .option('--json', 'print one JSON object on standard output', false)
  .option('--save', 'write figures and table to bench/results/topologies/ and to README.md', false)
  .parse()
  .opts<TopologiesOptions>();

endOnSignals();
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const unknown = options.only?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0) {
  say(`no environment ${unknown.join(', ')}: there are ${names.join(', ')}`);
  process.exit(2);
}

const machine = describeMachine(['redis-server', 'redis-sentinel']);
for (const line of machineLines(machine)) say(line);
const results: TopologyResult[] = [];
for (const kind of ENVIRONMENTS) {
  if (options.only?.includes(kind.name) === false) continue;
  const result = await measureTopology(kind, options.rounds);
  results.push(result);
  const { p50, max } = result.stallMs;
  say(`${kind.name}: ${result.switched} switches, stall p50 ${p50.toFixed(1)} ms, max ${max.toFixed(1)} ms`);
  for (const why of result.failed) say(`  ${why}`);
}

const table = topologyTable(results);
say(tableText(table));
if (options.json) process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
if (options.save) {
  const lines = machineLines(machine).map((line) => `- ${line}`);
  const block = [rowsMarkdown(table), lines.join('\n')].join('\n\n');
  const files = new Map([
    ['README.md', `# Switches in each environment\n\n${block}\n`],
    ['figures.json', `${JSON.stringify({ machine, results }, null, 2)}\n`],
  ]);
  say(`written to ${saveReport('topologies', files)}`);
  if (options.only === undefined) publishInReadme('figures:topologies', block);
}
process.exitCode = results.some(({ lost, doubled, failed }) => lost + doubled + failed.length > 0) ? 1 : 0;
