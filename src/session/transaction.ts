import { encodeRequest } from '../resp/encode.js';
import { RequestQueue } from './request-queue.js';

/** Any server refuses this: the number of its words is looked at before all else. Inside MULTI it aborts the transaction. */
export const ALWAYS_REFUSED = encodeRequest(['GET']);

/** More queued bytes than this are not kept for replay: such a transaction ends in EXECABORT when the master moves. */
export const MAX_REPLAY_BYTES = 16 * 1024 * 1024;

/**
 * What becomes of the client's session when a queued command has run: takes its result, which is no error, out of EXEC's
 * reply and returns what the client is to see in its place.
 */
export type Outcome = (result: Buffer) => Buffer;

/** One transaction, from MULTI to EXEC or DISCARD. */
export class Transaction {
  /** The requests as they were sent, MULTI first; null when they grew too large to keep. */
  queue: RequestQueue | null = new RequestQueue();
  /** A command was refused while queueing: the server will answer EXECABORT. */
  failed = false;
  /** The server may still refuse MULTI: then what follows it is not queued but runs at once. */
  doubtful = true;
  /** A command in it writes, or may: a server that is paused for writes holds EXEC then, and only then. */
  writes = false;
  /** CLIENT PAUSE or UNPAUSE is in it. */
  changesPause = false;
  /** By place in EXEC's reply: the results that change the client's session, or that must read differently for it. */
  readonly outcomes = new Map<number, Outcome>();
  /** What was watched when it began. */
  readonly watches: readonly object[];
  #bytes = 0;
  #commands = 0;

  constructor(multi: Buffer, watches: readonly object[]) {
    this.watches = watches;
    this.#keep(multi);
  }

  /** Memory that is kept for replay, bytes. */
  get keptBytes(): number {
    return this.queue === null ? 0 : this.queue.memory;
  }

  /** How many commands were queued. */
  get length(): number {
    return this.#commands;
  }

  /** Notes a command that is about to be queued. */
  add(request: Buffer, write: boolean, outcome: Outcome | null): void {
    this.writes ||= write;
    if (outcome !== null) this.outcomes.set(this.#commands, outcome);
    this.#commands++;
    this.#keep(request);
  }

  /** Notes a command that passes through without being kept; so the others are of no use. */
  addUnkept(): void {
    this.#commands++;
    this.writes = true;
    this.queue = null;
  }

  /** A command was refused: nothing of this will run, here or on another master. */
  spoil(): void {
    this.failed = true;
    this.queue = null;
  }

  /** Only the first `commands` of what was queued have been queued; nothing of the rest was, and why does not matter any more. */
  truncate(commands: number): void {
    const queue = new RequestQueue();
    let left = commands + 1;
    this.#bytes = 0;
    for (const request of this.queue ?? []) {
      if (left-- <= 0) break;
      queue.add(request);
      this.#bytes += request.length;
    }
    this.queue = queue;
    this.#commands = commands;
  }

  #keep(request: Buffer): void {
    this.#bytes += request.length;
    if (this.#bytes > MAX_REPLAY_BYTES) this.queue = null;
    else this.queue?.add(request);
  }
}
