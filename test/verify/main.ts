import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * What is proven without real servers, in full. Each part is a program of its own, one after the other; what it prints is its
 * result, and it fails if a promise does not hold.
 *   --save          writes the tables of docs/verification.md
 *   --share 0.01    only so much of what is bounded by a number, to see that all of it works
 */
const { values } = parseArgs({
  options: { save: { type: 'boolean', default: false }, share: { type: 'string', default: '1' } },
});

/**
 * One fault comes to less than a million states in most scenarios. Two come to more than can be gone through: those near the beginning, and
 * deep ways at random.
 */
const [singles, doubles, walks, seeds] = [1_000_000, 150_000, 5_000, 2_000].map((all) =>
  String(Math.ceil(all * Number(values.share))),
);

const PARTS: readonly { readonly name: string; readonly program: string; readonly options: readonly string[] }[] = [
  {
    name: 'the machine, explored: one fault',
    program: 'explore/main.js',
    options: ['--states', singles ?? '', ...(values.save ? ['--save'] : [])],
  },
  {
    name: 'the machine, explored: two faults, the nearest states',
    program: 'explore/main.js',
    options: ['--faults', '2', '--no-mutants', '--states', doubles ?? ''],
  },
  {
    name: 'the machine, explored: two faults, at random',
    program: 'explore/main.js',
    options: ['--faults', '2', '--walks', walks ?? ''],
  },
  { name: 'the proxy core, simulated', program: 'simulation/main.js', options: ['--seeds', seeds ?? ''] },
];

for (const { name, program, options } of PARTS) {
  console.log(`\n${name}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', program), ...options], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}
