import { register } from 'node:module';
import { parseArgs } from 'node:util';
import type { Findings } from './findings.js';
import { PLANTED_BUGS } from './bugs/planted-bugs.js';
import { scenarioOf, type Kind } from './scenario.js';
import { summary } from './summary.js';
import { Trace } from './trace.js';
import { replaceNode } from './world/replace-node.js';

/*
 * Simulates the proxy core: `node dist/test/simulation/main.js [--from 1] [--seeds 300] [--kind calm|human|rough|any] [--trace]`.
 * Ends with 1 when a promise was broken, and prints the seed, what it did, and how to repeat it.
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '300' },
    kind: { type: 'string', default: 'any' },
    trace: { type: 'boolean', default: false },
    /** One line for each seed. */
    hashes: { type: 'boolean', default: false },
    'most-broken': { type: 'string', default: '5' },
    /** The name of a bug that is put into the product. */
    bug: { type: 'string' },
  },
});

async function main(): Promise<void> {
  const startedAt = process.hrtime.bigint();
  plantBug();
  // Not before: what is loaded now has the bug.
  const { runSeed } = await import('./run-seed.js');
  replaceNode();
  const all: Findings[] = [];
  const from = Number(values.from);
  let broken = 0;
  for (let seed = from; seed < from + Number(values.seeds) && broken < Number(values['most-broken']); seed++) {
    const trace = new Trace(values.trace);
    const findings = await runSeed(scenarioOf(seed, values.kind as Kind), trace);
    all.push(findings);
    if (values.trace) print(trace.lines);
    if (values.hashes) print([`seed ${seed} ${findings.hash}`]);
    if (findings.broken.length === 0) continue;
    broken++;
    print(failure(findings, trace));
  }
  const tookMs = Number((process.hrtime.bigint() - startedAt) / 1_000_000n);
  print(summary(all, tookMs));
  process.exitCode = broken > 0 ? 1 : 0;
}

function plantBug(): void {
  const { bug: name } = values;
  if (name === undefined) return;
  const bug = PLANTED_BUGS.find((each) => each.name === name);
  if (bug === undefined) throw new Error(`no bug is called ${name}`);
  register(new URL('bugs/plant.js', import.meta.url), { data: bug });
}

function failure({ scenario, broken }: Findings, trace: Trace): readonly string[] {
  const { seed, faults } = scenario;
  return [
    `SEED ${seed} BROKE A PROMISE:`,
    ...broken.map((each) => `  ${each}`),
    `  faults: ${faults.map(({ fault, atMs, lastsMs }) => `${fault} at ${atMs.toFixed(0)} for ${lastsMs.toFixed(0)} ms`).join(', ') || 'none'}`,
    ...trace.notes.slice(-60).map((line) => `  ${line}`),
    `  again: node dist/test/simulation/main.js --from ${seed} --seeds 1 --kind ${values.kind} --trace`,
  ];
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

await main();
