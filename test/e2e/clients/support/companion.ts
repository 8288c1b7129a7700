import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { killAtExit } from '../../../support/child-processes.js';
import { until } from '../../../support/until.js';

/**
 * An application in another language, as a child process: it writes a line `step` for each step that it has done, works
 * until a line comes on its standard input, and then says in one last line of JSON how it went.
 */
export class Companion {
  readonly #child: ChildProcess;
  #lines: readonly string[] = [];
  #output = '';
  #taken = 0;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    killAtExit(this.#child);
    const take = (text: string): void => {
      this.#output += text;
      this.#lines = this.#output.trimEnd().split('\n');
    };
    this.#child.stdout?.setEncoding('utf8').on('data', take);
    this.#child.stderr?.setEncoding('utf8').on('data', take);
  }

  /** Settles when one more step has been done. */
  async step(): Promise<void> {
    const next = ++this.#taken;
    await until(`step ${next} is done`, () => this.#lines.length >= next || !this.#running);
    if (!this.#running) throw new Error(this.#output);
  }

  /** Ends its work. @returns what it says in the end. */
  async finish(): Promise<unknown> {
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end('\n');
    await closed;
    try {
      return JSON.parse(this.#lines.at(-1) ?? '');
    } catch {
      throw new Error(this.#lines.filter((line) => line !== 'step').join('\n'));
    }
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
