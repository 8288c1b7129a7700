import type { KeptRequest } from './kept-requests.js';
import type { Upstream } from './upstream.js';

/** A request that is on its way, or waits to be. */
export interface SentRequest {
  /** Of the request on its connection. */
  readonly number: number;
  /** Null: its bytes are not kept. */
  readonly kept: KeptRequest | null;
  readonly sink: ReplySink;
}

/** Somebody whose requests can be sent once more, over another connection. */
export interface Sender {
  /**
   * The connection is not to be used any more: it broke, or its node is not the master.
   *
   * @param requests those of this sender that are to be answered, in order.
   * @returns who takes the replies, or hears that they are lost; null: those who would.
   */
  recall(requests: readonly SentRequest[], upstream: Upstream): ReplySink | null;
}

/** Takes the replies of an upstream to requests that were sent in its name: a client, or an errand of the proxy's own. */
export interface ReplySink {
  /** An error stands for all the replies that this sink still expects (SUBSCRIBE a b c, refused). */
  readonly oneErrorEndsAll?: boolean;
  /**
   * Raw bytes of replies, valid only during the call. `frames` replies end within them; 0 for a piece of a reply whose
   * end is still to come.
   */
  onReply(bytes: Buffer, start: number, end: number, frames: number): void;
  /**
   * The upstream is gone: `frames` replies will not come. `begun` when a piece of the first of them was delivered.
   */
  onLost(frames: number, begun: boolean): void;
  /** A whole reply, which says that the request did not run. Without this, it is a reply like any other. */
  onRefused?(refusal: Buffer): void;
  /** Who takes the replies in the end, when that may be slower than the server. */
  readonly output?: Reader | undefined;
  /** Whose request it is, if that one can send it once more. */
  readonly sender?: Sender | null;
}

/** Takes large replies at its own speed. */
export interface Reader {
  /** Bytes that wait to be taken. */
  readonly unsent: number;
  /** Calls `wake` once when all of it has been taken, or the reader is gone. */
  onceTaken(wake: () => void): void;
  /** A lane that others share had to wait for this reader. */
  heldUpLane(): void;
}

/** Collects whole replies, one after the other, for the proxy's own errands. */
export class ReplyCollector implements ReplySink {
  readonly #parts: Buffer[] = [];
  readonly #onFrame: (frame: Buffer) => void;
  readonly #onLost: () => void;

  /** @param onFrame called with each whole reply (own memory). */
  constructor(onFrame: (frame: Buffer) => void, onLost: () => void) {
    this.#onFrame = onFrame;
    this.#onLost = onLost;
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    this.#parts.push(Buffer.from(bytes.subarray(start, end)));
    if (frames === 0) return;
    this.#onFrame(Buffer.concat(this.#parts.splice(0)));
  }

  onLost(): void {
    this.#onLost();
  }
}

/** Passes replies on, and looks at the first byte of each: the only thing that some commands need to know. */
export class FrameWatcher implements ReplySink {
  readonly oneErrorEndsAll: boolean;
  readonly #to: ReplySink;
  readonly #onFirstByte: (firstByte: number) => void;
  #inside = false;

  constructor(to: ReplySink, onFirstByte: (firstByte: number) => void, oneErrorEndsAll = false) {
    this.#to = to;
    this.#onFirstByte = onFirstByte;
    this.oneErrorEndsAll = oneErrorEndsAll;
  }

  get output(): Reader | undefined {
    return this.#to.output;
  }

  get sender(): Sender | null {
    return this.#to.sender ?? null;
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    if (!this.#inside) this.#onFirstByte(bytes[start] ?? 0);
    this.#inside = frames === 0;
    this.#to.onReply(bytes, start, end, frames);
  }

  onLost(frames: number, begun: boolean): void {
    this.#to.onLost(frames, begun);
  }
}
