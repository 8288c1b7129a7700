/**
 * The state of the switch on disk. A write that has settled is durable; writes are done in the order in which they were
 * asked for.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from '../log/logger.js';
import type { StateStore, SwitchState } from '../switchover/ports.js';
import { replaceDurably, syncDirectory, writeDurably } from './durable-file.js';
import { switchStateSchema } from './state-schema.js';

const FILE_NAME = 'state.json';

/** The state directory is of no use; the message names it and says why. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError';
  readonly directory: string;

  constructor(directory: string, why: string, cause?: unknown) {
    super(`state directory ${directory}: ${why}`, { cause });
    this.directory = directory;
  }
}

export class StateFile implements StateStore {
  readonly path: string;
  readonly #directory: string;
  #state: SwitchState | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, FILE_NAME);
  }

  /**
   * Creates the directory if need be, proves that it can be written, and reads the state. A file that can not be
   * understood is kept as `state.json.corrupt` and reported; then there is no state.
   *
   * @throws StateDirectoryError when the directory or the file in it can not be used.
   */
  static async open(directory: string, log: Logger): Promise<StateFile> {
    const file = new StateFile(resolve(directory));
    await file.#proveWritable();
    await file.#load(log);
    return file;
  }

  read(): SwitchState | null {
    return this.#state;
  }

  async write(state: SwitchState): Promise<void> {
    const turn = this.#writing.then(() => this.#replace(state));
    // A write that failed must not stand in the way of the next one.
    this.#writing = turn.catch(() => undefined);
    await turn;
  }

  async #replace(state: SwitchState): Promise<void> {
    try {
      await replaceDurably(this.path, `${JSON.stringify(state, null, 2)}\n`);
    } catch (error) {
      throw new StateDirectoryError(this.#directory, `can not write ${FILE_NAME}: ${reasonOf(error)}`, error);
    }
    this.#state = state;
  }

  async #proveWritable(): Promise<void> {
    const probe = `${this.path}.probe`;
    try {
      // The history names nodes and clients' troubles: nobody else's business.
      await makeDirectory(this.#directory);
      await writeDurably(probe, '');
      await rm(probe);
      await syncDirectory(this.#directory);
    } catch (error) {
      throw new StateDirectoryError(this.#directory, `can not be written: ${reasonOf(error)}`, error);
    }
  }

  async #load(log: Logger): Promise<void> {
    const text = await this.#text();
    if (text === null) return;
    const { state, problem, version } = parseState(text);
    if (state !== undefined) {
      this.#state = state;
      return;
    }
    // Not damage but a newer Holdfast: its state must not be thrown away by an older one.
    if (version !== undefined && version > 1) {
      throw new StateDirectoryError(
        this.#directory,
        `${FILE_NAME} has version ${version}; this Holdfast reads version 1`,
      );
    }
    const aside = `${this.path}.corrupt`;
    await rename(this.path, aside);
    await syncDirectory(this.#directory);
    log.error(
      { path: this.path, keptAs: aside, problem },
      'the state file can not be understood; it is kept aside, and Holdfast starts without a state',
    );
  }

  async #text(): Promise<string | null> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw new StateDirectoryError(this.#directory, `can not read ${FILE_NAME}: ${reasonOf(error)}`, error);
    }
  }
}

interface ParsedState {
  readonly state?: SwitchState;
  readonly problem?: string;
  readonly version?: number;
}

function parseState(text: string): ParsedState {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: reasonOf(error) };
  }
  const parsed = switchStateSchema.safeParse(value);
  if (parsed.success) return { state: parsed.data };
  const problem = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  return typeof version === 'number' ? { problem, version } : { problem };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Makes a directory and those above it. Node's `recursive` asks again and again where a parent exists and takes no
 * children (`/proc/x`), and never returns.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path) throw error;
    await makeDirectory(parent);
    await mkdir(path, { mode: 0o700 });
  }
}
