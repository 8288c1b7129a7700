import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.js';

/*
 * Puts each bug into the product, and simulates until it is found: `node dist/test/simulation/bugs/find-bugs.js [name]`. Prints
 * the table of docs/verification.md. Ends with 1 when a bug was not found.
 */
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
/** Seeds for each bug: a bug that needs more is as good as not found. */
const MOST_SEEDS = 400;

async function find({ name, kind }: PlantedBug): Promise<{ readonly seed: number; readonly words: string } | null> {
  const args = [MAIN, '--kind', kind, '--seeds', String(MOST_SEEDS), '--most-broken', '1', '--bug', name];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await once(child, 'close');
  const found = /^SEED (\d+) BROKE A PROMISE:\n +(.*)$/m.exec(printed);
  if (found === null && !printed.includes('broken 0')) throw new Error(printed.slice(0, 2000));
  return found === null ? null : { seed: Number(found[1]), words: found[2] ?? '' };
}

process.stdout.write('| bug put back | found in seed | by |\n|---|---|---|\n');
for (const bug of PLANTED_BUGS.filter(({ name }) => name.includes(process.argv[2] ?? ''))) {
  const found = await find(bug);
  if (found === null) process.exitCode = 1;
  const words = found?.words.slice(0, 160).replaceAll('|', '\\|') ?? '';
  process.stdout.write(`| ${bug.name} | ${found?.seed ?? '**not found**'} | ${words} |\n`);
}
