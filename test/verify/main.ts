import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/*
 * What is proven without real servers, in full. Each part is a program of its own, one after the other; what it prints is its
 * result, and it fails if a promise does not hold.
 */
const PARTS: readonly { readonly name: string; readonly program: string; readonly options: readonly string[] }[] = [
  { name: 'the machine, explored', program: 'explore/main.js', options: process.argv.slice(2) },
  { name: 'the proxy core, simulated', program: 'simulation/main.js', options: ['--seeds', '2000'] },
];

for (const { name, program, options } of PARTS) {
  console.log(`\n${name}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', program), ...options], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}
