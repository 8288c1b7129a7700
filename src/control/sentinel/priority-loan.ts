import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { NodeId } from '../../config/node-address.js';
import type { Logger } from '../../log/logger.js';
import type { Clock } from '../../switchover/ports.js';
import { replaceDurably, syncDirectory } from '../durable-file.js';

/** What a loan needs of a node. */
export interface PriorityNode {
  readonly id: NodeId;
  setPriority(priority: number, timeoutMs: number): Promise<void>;
  persist(timeoutMs: number): Promise<string>;
}

export interface PriorityLoanOptions {
  /** The nodes by their addresses; undefined: not one of this shard any more. */
  readonly node: (id: NodeId) => PriorityNode | undefined;
  /** Where it is noted that a node has a priority that is not its own. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timeoutMs: number;
}

/** Sentinel prefers the lowest, and 0 means never. */
export const PREFERRED_PRIORITY = 1;

/** Between two attempts to put a priority back, ms. */
const RETRY_MS = 1_000;

const noteSchema = z.object({ node: z.string(), priority: z.int().min(0) });
type Note = z.infer<typeof noteSchema>;

/**
 * The one change that Holdfast makes to a node's configuration, and takes back: for the time of a switch the candidate has
 * the `replica-priority` that makes Sentinel choose it.
 *
 * 1. {@link take}: what it is to get back is noted on disk, then it is changed.
 * 2. {@link giveBack}: it is put back, tried until it can be; then the note is removed.
 * 3. {@link recover}: a note of an earlier process is settled in the same way.
 */
export class PriorityLoan {
  readonly #options: PriorityLoanOptions;
  #note: Note | null = null;
  /** Sentinel writes the node's configuration file when it promotes it, the changed priority included. */
  #wasRewritten = false;
  #returning: Promise<boolean> | null = null;
  #isStopped = false;
  #cancelRetry: () => void = () => undefined;

  constructor(options: PriorityLoanOptions) {
    this.#options = options;
  }

  /** Whether this node has a priority that is not its own. */
  isOn(node: NodeId): boolean {
    return this.#note?.node === node;
  }

  /** Settles what an earlier process left. */
  async recover(): Promise<void> {
    const { path, log } = this.#options;
    try {
      this.#note = noteSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        log.error({ err: error, path }, 'a note on a changed replica-priority can not be read');
      return;
    }
    this.#wasRewritten = true;
    await this.giveBack();
  }

  /** Lowers the priority of `node` from `priority`, its own. Rejects when that could not be noted, or not be done. */
  async take(node: NodeId, priority: number): Promise<void> {
    if (this.#note !== null && !(await this.giveBack())) {
      throw new Error(`the replica-priority of ${this.#note.node} could not be put back yet`);
    }
    const note: Note = { node, priority };
    await replaceDurably(this.#options.path, `${JSON.stringify(note)}\n`);
    this.#note = note;
    this.#wasRewritten = false;
    await this.#nodeOf(note).setPriority(PREFERRED_PRIORITY, this.#options.timeoutMs);
  }

  /** Sentinel is told to promote: from now on the changed priority may stand in the node's configuration file. */
  promoting(): void {
    this.#wasRewritten = true;
  }

  /** @returns whether all is as it was; what could not be put back now is tried again until it can. Never rejects. */
  giveBack(): Promise<boolean> {
    this.#cancelRetry();
    this.#returning ??= this.#return().finally(() => {
      this.#returning = null;
    });
    return this.#returning;
  }

  /** Tries no more; what is noted is left to the next process. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
  }

  async #return(): Promise<boolean> {
    const note = this.#note;
    const { path, timeoutMs, clock, log } = this.#options;
    if (note === null) return true;
    try {
      const node = this.#nodeOf(note);
      await node.setPriority(note.priority, timeoutMs);
      if (this.#wasRewritten) await node.persist(timeoutMs);
      await rm(path, { force: true });
      await syncDirectory(dirname(path));
      this.#note = null;
      return true;
    } catch (error) {
      if (this.#isStopped) return false;
      log.warn({ ...note, err: error }, 'the replica-priority of a node could not be put back; trying again');
      this.#cancelRetry = clock.schedule(RETRY_MS, () => void this.giveBack());
      return false;
    }
  }

  #nodeOf({ node }: Note): PriorityNode {
    const found = this.#options.node(node);
    if (found === undefined) throw new Error(`${node} is not one of the configured nodes any more`);
    return found;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
