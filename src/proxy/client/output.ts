import type { Socket } from 'node:net';
import type { Client } from './client.js';
import { disconnect } from './disconnect.js';
import { endGently } from './ending.js';
import { copyBytes } from '../copy-bytes.js';
import { FREED_BYTES, freeMemory, takeMemory } from '../memory.js';
import { MAX_SCRATCH_BYTES, Scratch } from './scratch.js';
import type { Reader } from '../upstream/reply-sink.js';
import { OUTPUT_HIGH_BYTES, OWN_LINK_REQUESTS } from './client-limits.js';

/** Where the replies of all clients are written from. */
const REPLIES = new Scratch();

/** A socket that wants a drain gets small writes in pieces of this size. */
const PIECE_BYTES = 16 * 1024;
/** What is larger is written alone. */
const MAX_GATHERED_BYTES = PIECE_BYTES / 4;

/** What leaves towards a client, and how much of it the client has not taken yet. */
export class Output implements Reader {
  /** So many requests should still go over a private link: on a lane, others would wait behind them. */
  ownLinkLeft = 0;
  /** No room beyond what its socket takes at once: nobody knows who the client is, or all clients together keep too much. */
  tight = false;
  readonly #socket: Socket;
  readonly #client: Client;
  readonly #limit: number;
  /** The kernel has what was written; what TLS has to encrypt first is looked at a turn later. */
  readonly #takesAtOnce: boolean;
  /** While a push is written in pieces: what others have to say waits for its end. */
  #behind: Buffer[] | null = null;
  #behindBytes = 0;
  /**
   * Small writes for a client that takes nothing, together: a stream notes each write, which takes some hundred bytes that
   * nobody counts. They are written when the piece is full, or when the client takes something.
   */
  #gathered: Buffer | null = null;
  #gatheredBytes = 0;

  constructor(socket: Socket, client: Client) {
    this.#socket = socket;
    socket.on('drain', () => this.#flush());
    this.#client = client;
    this.#takesAtOnce = !('encrypted' in socket);
    this.#limit = client.shard.options.clientOutputLimit || Number.POSITIVE_INFINITY;
  }

  get empty(): boolean {
    return this.#socket.writableLength === 0 && this.#gathered === null;
  }

  /** Bytes that the client has not taken yet. */
  get unsent(): number {
    return this.#socket.writableLength + this.#gatheredBytes + this.#behindBytes;
  }

  /** The client does not read what it asked for: it is not parsed further. */
  get high(): boolean {
    const socket = this.#socket;
    return this.tight ? socket.writableNeedDrain : socket.writableLength > OUTPUT_HIGH_BYTES;
  }

  onceTaken(wake: () => void): void {
    const socket = this.#socket;
    const taken = (): void => {
      socket.off('drain', taken).off('close', taken);
      wake();
    };
    if (socket.destroyed) wake();
    else socket.on('drain', taken).on('close', taken);
  }

  heldUpLane(): void {
    this.ownLinkLeft = OWN_LINK_REQUESTS;
    // Nobody else uses that lane from now on.
    this.#client.resume('replies');
  }

  /** The last word has been said. */
  end(): void {
    this.#flush();
    endGently(this.#socket);
  }

  /** Writes, unless the last word has been said; a client that never reads loses its connection. */
  write(bytes: Buffer): void {
    if (this.#behind !== null) {
      this.#behind.push(bytes);
      this.#behindBytes += bytes.length;
      if (this.unsent > this.#limit) disconnect(this.#client, 'unread-output', 'at-once');
      return;
    }
    if (this.#gathered !== null) this.#flush();
    const socket = this.#socket;
    if (!socket.writable) return;
    if (!socket.write(bytes) && socket.writableLength > this.#limit)
      disconnect(this.#client, 'unread-output', 'at-once');
  }

  /** Writes a copy of a piece of a push; until its last piece (`ended`) nothing may stand between. */
  writePiece(bytes: Buffer, ended: boolean): void {
    const behind = this.#behind ?? [];
    this.#behind = null;
    this.writeCopy(bytes, 0, bytes.length);
    if (!ended) {
      this.#behind = behind;
      return;
    }
    this.#behindBytes = 0;
    for (const each of behind) this.write(each);
  }

  /** Writes a copy of `bytes[start … end)`. */
  writeCopy(bytes: Buffer, start: number, end: number): void {
    const socket = this.#socket;
    const length = end - start;
    // One that has not taken the last reply gets memory of its own: it would keep a block for each.
    if (this.#behind === null && this.#takesAtOnce && length <= MAX_SCRATCH_BYTES && socket.writableLength === 0) {
      this.#writeFromScratch(bytes, start, end);
      return;
    }
    if (this.#behind === null && length <= MAX_GATHERED_BYTES && socket.writableNeedDrain) {
      this.#gather(bytes, start, end);
      return;
    }
    const copy = takeMemory(length);
    bytes.copy(copy, 0, start, end);
    if (length < FREED_BYTES || this.#behind !== null || !socket.writable) {
      this.write(copy);
      return;
    }
    this.#flush();
    this.#writeAndFree(copy);
  }

  /** Writes what has been gathered: more can not be waited for. */
  #flush(): void {
    const piece = this.#gathered;
    if (piece === null) return;
    const bytes = this.#gatheredBytes;
    this.#gathered = null;
    this.#gatheredBytes = 0;
    if (this.#socket.writable) this.#writeAndFree(piece.subarray(0, bytes));
  }

  #gather(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (this.#gatheredBytes + length > PIECE_BYTES) this.#flush();
    const piece = (this.#gathered ??= takeMemory(PIECE_BYTES));
    copyBytes(bytes, start, end, piece, this.#gatheredBytes);
    this.#gatheredBytes += length;
  }

  /** @param bytes all of what is in memory of its own. */
  #writeAndFree(bytes: Buffer): void {
    const socket = this.#socket;
    socket.write(bytes, (error) => {
      // After an error, the bytes may still be on their way out.
      if (error === null || error === undefined) freeMemory(bytes);
    });
    if (socket.writableLength > this.#limit) disconnect(this.#client, 'unread-output', 'at-once');
  }

  #writeFromScratch(bytes: Buffer, start: number, end: number): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    socket.write(REPLIES.copyOf(bytes, start, end));
    if (socket.writableLength === 0) return;
    REPLIES.giveAway();
    if (socket.writableLength > this.#limit) disconnect(this.#client, 'unread-output', 'at-once');
  }
}
