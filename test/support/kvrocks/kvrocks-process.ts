import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askServer, type Reply } from '../ask-server.js';
import { forget, killAtExit } from '../child-processes.js';
import { freePort } from '../free-port.js';
import { until } from '../until.js';
import { settingsOf, type KvrocksOptions } from './double-options.js';

/** Enough for one to be slow while the others go on; Kvrocks' own eight would crowd a small machine. */
const WORKERS = 4;

/** A real Kvrocks on a free port of 127.0.0.1, in a directory of its own. Everything is gone when the process ends. */
export class KvrocksProcess {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #directory: string;
  readonly #options: KvrocksOptions;
  readonly #child: ChildProcess;

  private constructor(port: number, directory: string, options: KvrocksOptions, child: ChildProcess) {
    this.port = port;
    this.#directory = directory;
    this.#options = options;
    this.#child = child;
  }

  /** Starts one and waits until it answers PING. */
  static async start(binary: string, options: KvrocksOptions): Promise<KvrocksProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-kvrocks-'));
    const port = await freePort();
    const file = join(directory, 'kvrocks.conf');
    writeFileSync(file, configText(port, directory, options));
    const log = openSync(join(directory, 'output.log'), 'a');
    const child = spawn(binary, ['-c', file], { stdio: ['ignore', log, log] });
    closeSync(log);
    killAtExit(child, directory);
    const kvrocks = new KvrocksProcess(port, directory, options, child);
    try {
      await kvrocks.#ready();
    } catch (error) {
      const said = kvrocks.log();
      await kvrocks.dispose();
      throw new Error(`${binary} did not start:\n${said}`, { cause: error });
    }
    return kvrocks;
  }

  /** The address as Holdfast writes it. */
  get id(): string {
    return `${this.host}:${this.port}`;
  }

  /** What it has written so far. */
  log(): string {
    return readFileSync(join(this.#directory, 'output.log'), 'utf8');
  }

  /** Runs one command on a fresh connection, as the administrator. Rejects with the server's words when it refuses. */
  send(...args: readonly string[]): Promise<Reply> {
    return askServer(this, this.#options.requirepass ?? '', args);
  }

  /** Ends it and removes its directory. */
  async dispose(): Promise<void> {
    if (this.#isRunning) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#directory, { recursive: true, force: true });
    forget(this.#directory);
  }

  get #isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #ready(): Promise<void> {
    const seen = await until(`${this.id} answers PING`, async () =>
      this.#isRunning ? (await this.send('PING')) === 'PONG' : 'ended',
    );
    if (seen === 'ended') throw new Error(`${this.id} ended while it was starting`);
  }
}

/** The text of its `kvrocks.conf`. */
export function configText(port: number, directory: string, options: KvrocksOptions): string {
  const settings = new Map([
    ['bind', '127.0.0.1'],
    ['port', String(port)],
    ['dir', directory],
    ['log-dir', 'stdout'],
    ['workers', String(WORKERS)],
    ['daemonize', 'no'],
    ...settingsOf(options),
  ]);
  const lines = [...settings]
    // An empty value is no value to Kvrocks, and one with spaces stands in quotes.
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name} ${/\s/.test(value) ? `"${value}"` : value}`);
  return `${lines.join('\n')}\n`;
}
