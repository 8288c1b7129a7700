import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { killAtExit } from '../../../support/child-processes.js';

/** A program that has not ended by then hangs; it is killed, and its test fails instead of never ending. */
const GIVE_UP_MS = 30_000;

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly input?: string | Buffer;
  /** Sees the output so far whenever some arrives. @returns true when that is enough, and the program is to be killed. */
  readonly enough?: (stdout: string) => boolean;
}

/** @returns for the option `skip` of a test: false when the program is there, else why the test is skipped. */
export function skipWithout(program: string, ...probe: readonly string[]): false | string {
  const args = probe.length > 0 ? probe : ['--version'];
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
    ? false
    : `${program} ${probe.join(' ')} is not there`;
}

/** Runs a client program to its end, with the words of its environment that it reads for itself taken away. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { input = '', enough }: ProgramOptions = {},
): Promise<Ended> {
  const { REDISCLI_AUTH: _, ...env } = process.env;
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  killAtExit(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), GIVE_UP_MS);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (enough?.(stdout) === true) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A program that ends before it has read all has its reasons, and says them.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  await once(child, 'close');
  clearTimeout(timer);
  return { status: child.exitCode, stdout, stderr };
}
