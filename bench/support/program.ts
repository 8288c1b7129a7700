import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accepts } from '../../test/support/accepts.js';
import { killAtExit } from '../../test/support/child-processes.js';
import { until } from '../../test/support/until.js';

/** Daemons live in sbin, which is not on the PATH of an ordinary Debian user. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };

/** @returns whether there is such a program. */
export function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', program], { env: ENVIRONMENT }).status === 0;
}

/** A program that serves a port of the loopback address. Gone when this process ends. */
export class Program {
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#output = (this.#output + text).slice(-4_000)));
  }

  /** Settles when something accepts connections on `port`. */
  static async start(command: readonly string[], port: number): Promise<Program> {
    const [name = '', ...args] = command;
    const child = spawn(name, args, { stdio: ['ignore', 'ignore', 'pipe'], env: ENVIRONMENT });
    killAtExit(child);
    const program = new Program(child);
    const seen = await until(`${command.join(' ')} accepts connections`, () => program.#serves(port));
    if (seen === 'ended') throw new Error(`${command.join(' ')} ended at once: ${program.#output}`);
    return program;
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the program has no process');
    return pid;
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  async #serves(port: number): Promise<boolean | 'ended'> {
    return this.#running ? accepts(port) : 'ended';
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
