import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { endOnSignals } from '../../bench/support/end-on-signals.js';
import { integer } from '../../bench/support/integer-option.js';
import { describeMachine, machineLines } from '../../bench/support/machine.js';
import { replaceBlock } from '../../bench/support/readme-block.js';
import { saveReport } from '../../bench/support/save-report.js';
import { Campaign } from './campaign.js';
import { FAULTS } from './faults/catalogue.js';
import { resultLines } from './lines.js';
import { drawPlan, plannedSwitch } from './plan.js';
import { reportOf } from './report.js';
import { Tally } from './tally.js';

/** Beats a real shard up: a switch after the other under load, each with a fault, and a judge. */

interface ChaosOptions {
  readonly runs: number;
  readonly minutes: number;
  readonly seed: number;
  readonly faults?: readonly string[];
  readonly planned: boolean;
  readonly lasting: boolean;
  readonly save: boolean;
}

const names = FAULTS.map(({ name }) => name);
const options = new Command('npm run chaos --')
  .description('Switches under load on real servers, each with a fault, judged by what clients were told.')
  .option('--runs <count>', 'how many', integer(1, 1_000_000), 100)
  .option('--minutes <minutes>', 'no run is begun later', integer(1, 600), 600)
  .option('--seed <seed>', 'of the first run; the others count on', integer(0, 2 ** 31), 1)
  .option('--faults <list>', `some of ${names.join(', ')}`, (text) => text.split(','))
  .option('--planned', 'switches without a fault', false)
  .option('--lasting', 'all runs on one Holdfast, without the faults that end a process of it', false)
  .option('--save', 'write figures and charts to bench/results/chaos/ and the report to docs/verification.md', false)
  .parse()
  .opts<ChaosOptions>();

endOnSignals();
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const faults = FAULTS.filter(
  ({ name, endsHoldfast }) => (options.faults?.includes(name) ?? true) && !(options.lasting && endsHoldfast === true),
);
const end = performance.now() + options.minutes * 60_000;
const directory = join(tmpdir(), `holdfast-chaos-${process.pid}`);
const campaign = options.lasting ? new Campaign(Number.POSITIVE_INFINITY) : new Campaign();
const machine = describeMachine(['redis-server']);
const tally = new Tally();
for (let seed = options.seed; seed < options.seed + options.runs && performance.now() < end; seed++) {
  const plan = options.planned ? plannedSwitch(seed) : drawPlan(seed, faults);
  const { result, isBad, evidence } = await campaign.run(plan);
  tally.add(result, campaign.footprint());
  const lines = resultLines(result);
  say(lines.join('\n'));
  if (!isBad) continue;
  const path = join(directory, `seed-${seed}.txt`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n\n${evidence}`);
  say(`  everything about it: ${path}`);
}
await campaign.end();
const figures = tally.figures(options.seed);
const { markdown, charts } = reportOf(figures, '../bench/results/chaos');
const block = [
  markdown,
  machineLines(machine)
    .map((line) => `- ${line}`)
    .join('\n'),
].join('\n\n');
process.stdout.write(`${block}\n`);
if (options.save) {
  say(
    `written to ${saveReport('chaos', new Map([...charts, ['figures.json', `${JSON.stringify({ machine, figures }, null, 2)}\n`]]))}`,
  );
  const page = join('docs', 'verification.md');
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'figures:chaos', block));
}
// Whoever still waits for somebody that was killed keeps nobody waiting.
process.exit(figures.wrong === 0 ? 0 : 1);
