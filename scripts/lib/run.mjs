import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What stops the set-up: `message` is the one sentence that the user needs. */
export class SetupError extends Error {}

/** Progress goes to standard error: standard output belongs to the program that runs after the set-up (`--json`). */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Daemons live in sbin, which is not on the PATH of an ordinary Debian user. */
const DAEMON_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @returns the path of an executable, or null. */
export function which(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...DAEMON_FOLDERS];
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Runs a program to its end. @returns exit status (128 when it did not run or was killed) and both outputs as one text. */
export function runSync(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? result.error.message : ''}`;
  return { status: result.status ?? 128, output };
}

/** {@link runSync} beside others; `onOutput` sees the output as it comes. */
export function run(command, args, { onOutput = () => {}, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
      onOutput(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => resolve({ status: 128, output: output + error.message }));
    child.on('close', (status) => resolve({ status: status ?? 128, output }));
  });
}
