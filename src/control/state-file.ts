/**
 * The state of the switch on disk. A write that has settled is durable; writes are done in the order in which they were
 * asked for.
 */
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { StateStore, SwitchState } from '../switchover/ports.js';
import { replaceDurably, syncDirectory, writeDurably } from './durable-file.js';
import { makeDirectory } from './make-directory.js';
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
   * Creates the directory if need be, proves that it can be written, and reads the state.
   *
   * @throws StateDirectoryError when the directory or the file in it can not be used; also when the file can not be understood: it
   *   may tell of a promotion, and whoever starts without knowing of it may serve the wrong master.
   */
  static async open(directory: string): Promise<StateFile> {
    const file = new StateFile(resolve(directory));
    await makeDirectory(file.#directory).catch((error: unknown) => file.#refuse(error));
    await file.probe();
    await file.#load();
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
      await replaceDurably(this.path, serialize(state));
    } catch (error) {
      throw new StateDirectoryError(this.#directory, `can not write ${FILE_NAME}: ${reasonOf(error)}`, error);
    }
    this.#state = state;
  }

  async probe(): Promise<void> {
    const probe = `${this.path}.probe`;
    try {
      // As long as what is to be written: an empty file fits on a full disk.
      await writeDurably(probe, serialize(this.#state));
      await rm(probe);
      await syncDirectory(this.#directory);
    } catch (error) {
      await rm(probe, { force: true }).catch(() => undefined);
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): never {
    throw new StateDirectoryError(this.#directory, `can not be written: ${reasonOf(error)}`, error);
  }

  async #load(): Promise<void> {
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
    throw new StateDirectoryError(
      this.#directory,
      `${FILE_NAME} can not be understood (${problem}). It may tell of an unfinished switchover: ` +
        'see with ROLE that exactly one node is a master, then move the file away; Holdfast starts without it',
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

function serialize(state: SwitchState | null): string {
  return `${JSON.stringify(state, null, 2)}\n`;
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
