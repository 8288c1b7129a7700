import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { killAtExit, removeAtExit } from '../../test/support/child-processes.js';
import { keysOf, type Workload } from './workload.js';

/** What the load saw in the time that counts. Latencies: from the moment in which a turn was sent to each of its replies. */
const loadFigures = z.object({
  requests: z.number(),
  seconds: z.number(),
  p50Us: z.number(),
  p99Us: z.number(),
  p999Us: z.number(),
  /** What the generator itself used, user and system. */
  ownCpuUs: z.number(),
});
export type LoadFigures = z.infer<typeof loadFigures>;

export interface LoadTimes {
  /** Not counted: until everybody is warm. */
  readonly warmMs: number;
  readonly measureMs: number;
}

export interface LoadOptions extends LoadTimes {
  /** What to put before the command, such as `taskset -c 1`. */
  readonly prefix?: readonly string[];
  /** Called when the time that counts begins and ends: to read the counters of others for the same time. */
  readonly onEdge?: () => void;
}

const SOURCE = fileURLToPath(new URL('../../../bench/throughput/load.c', import.meta.url));

/** The program `load.c`, compiled for this machine. A run is a process of its own. */
export class LoadGenerator {
  readonly #directory: string;
  readonly #program: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#program = join(directory, 'load');
  }

  /** @throws Error with the words of the compiler. */
  static compile(): LoadGenerator {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-load-'));
    removeAtExit(directory);
    const generator = new LoadGenerator(directory);
    const { status, stderr, error } = spawnSync('cc', ['-O2', '-Wall', '-o', generator.#program, SOURCE], {
      encoding: 'utf8',
    });
    if (status === 0) return generator;
    generator.remove();
    throw new Error(`${SOURCE} can not be compiled: ${error?.message ?? stderr}`);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /**
   * Runs to the end. Rejects in the generator's words when it can not go on: a connection breaks, a reply is wrong, nobody
   * answers.
   */
  async run(port: number, workload: Workload, options: LoadOptions): Promise<LoadFigures> {
    const { connections, pipeline, size, command } = workload;
    const numbers = [port, connections, pipeline, size, command, keysOf(workload), options.warmMs, options.measureMs];
    return this.#figures(numbers.map(String), options);
  }

  /** Writes every key that a GET of this workload reads. */
  async fill(port: number, workload: Workload): Promise<void> {
    const keys = keysOf(workload);
    const once = { command: 'set', connections: 1, pipeline: keys, size: workload.size } as const;
    await this.run(port, once, { warmMs: 0, measureMs: 0 });
  }

  async #figures(args: readonly string[], { prefix = [], onEdge }: LoadOptions): Promise<LoadFigures> {
    const [command = '', ...rest] = [...prefix, this.#program, ...args];
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    killAtExit(child);
    const ended = new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'no status'));
    });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-500)));
    let line = '';
    createInterface(child.stdout).on('line', (text) => {
      onEdge?.();
      line = text;
    });
    const status = await ended;
    if (status !== 0) throw new Error(words.trim() || `the load ended with ${status}`);
    return loadFigures.parse(JSON.parse(line));
  }
}
