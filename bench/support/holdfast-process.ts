import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeId } from '../../src/config/node-address.js';
import { accepts } from '../../test/support/accepts.js';
import { forget, killAtExit, removeAtExit } from '../../test/support/child-processes.js';
import { freePort } from '../../test/support/free-port.js';
import { until } from '../../test/support/until.js';
import { connectTo } from './node-client.js';

/** What is shown of the log when Holdfast does not start. */
const LOG_TAIL_LINES = 20;

/** A clean end takes milliseconds; what takes longer is killed. */
const END_WITHIN_MS = 5_000;

export interface HoldfastOptions {
  readonly nodes: readonly NodeId[];
  /** More flags of `holdfast serve`. */
  readonly flags?: readonly string[];
  /** What to put before the command, such as `taskset -c 0`. */
  readonly prefix?: readonly string[];
  /** `main.js` of another build. */
  readonly main?: string;
}

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** `holdfast serve` as a child process on free ports, as an operator would run it. Gone when this process ends. */
export class HoldfastProcess {
  readonly listen: NodeId;
  readonly admin: NodeId;
  readonly http: NodeId;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string, ports: readonly [NodeId, NodeId, NodeId]) {
    this.#child = child;
    this.#directory = directory;
    [this.listen, this.admin, this.http] = ports;
  }

  /** Settles when a write through the proxy is acknowledged. Rejects with the end of the log when it does not come to that. */
  static async start({ nodes, flags = [], prefix = [], main = MAIN }: HoldfastOptions): Promise<HoldfastProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-proxy-'));
    removeAtExit(directory);
    const ports = [await freeAddress(), await freeAddress(), await freeAddress()] as const;
    const [listen, admin, http] = ports;
    const [command, ...args] = [
      ...prefix,
      process.execPath,
      main,
      'serve',
      `--listen=${listen}`,
      `--admin=${admin}`,
      `--http=${http}`,
      `--state-dir=${directory}`,
      ...nodes.map((node) => `--node=${node}`),
      ...flags,
    ];
    const log = openSync(join(directory, 'holdfast.log'), 'a');
    const child = spawn(command ?? process.execPath, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    killAtExit(child);
    const holdfast = new HoldfastProcess(child, directory, ports);
    try {
      await holdfast.#ready();
      return holdfast;
    } catch (error) {
      const tail = holdfast.log().trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
      await holdfast.stop();
      throw new Error(`holdfast serve did not start: ${String(error)}\n${tail}`, { cause: error });
    }
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('holdfast has no process');
    return pid;
  }

  /** What it wrote to standard output and standard error. */
  log(): string {
    return readFileSync(join(this.#directory, 'holdfast.log'), 'utf8');
  }

  /** Ends it as an operator would (SIGTERM). */
  async stop(): Promise<void> {
    if (this.#running) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const impatience = setTimeout(() => this.#child.kill('SIGKILL'), END_WITHIN_MS);
      await exit;
      clearTimeout(impatience);
    }
    rmSync(this.#directory, { recursive: true, force: true });
    forget(this.#directory);
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #ready(): Promise<void> {
    const ended = new Error('it ended at once');
    const seen = await until(`a write through ${this.listen} is acknowledged`, async () => {
      if (!this.#running) return ended;
      if (!(await accepts(Number(this.listen.split(':').at(-1))))) return false;
      const redis = await connectTo(this.listen);
      try {
        return (await redis.set('holdfast:ready', '1')) === 'OK';
      } finally {
        redis.disconnect();
      }
    });
    if (seen === ended) throw ended;
  }
}

async function freeAddress(): Promise<NodeId> {
  return `127.0.0.1:${await freePort()}`;
}
