import type { Socket } from 'node:net';
import { FREED_BYTES, freeMemory, takeMemory } from '../memory.js';
import { copyBytes } from '../copy-bytes.js';
import type { Turn, TurnWork } from '../turn.js';

export interface OutboxSizes {
  /** Memory that requests are gathered in. */
  readonly blockBytes: number;
  /** More unsent bytes than this and the senders are asked to wait: memory is bounded by back-pressure. */
  readonly highWaterBytes: number;
}

/**
 * What leaves on one socket: requests are copied into a block as they come, and what one turn of the event loop brought
 * leaves in one write. A request that is large for a block is written from memory of its own.
 */
export class Outbox implements TurnWork {
  /** More is unsent than should be; until all of it has left. A field, as it is looked at for each request. */
  full = false;
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #sizes: OutboxSizes;
  #block: Buffer | null = null;
  #start = 0;
  #end = 0;
  #scheduled = false;
  #corked = false;

  constructor(socket: Socket, turn: Turn, sizes: OutboxSizes) {
    this.#socket = socket;
    this.#turn = turn;
    this.#sizes = sizes;
    // Before those who wait for it look.
    socket.prependListener('drain', () => (this.full = false));
  }

  append(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    let block = this.#block;
    if (block === null || length > block.length - this.#end) {
      this.#writeBlock();
      if (length > this.#sizes.blockBytes / 4) {
        const own = takeMemory(length);
        bytes.copy(own, 0, start, end);
        this.appendChunk(own);
        return;
      }
      // A block that is still on its way to the kernel is left to it.
      if (block === null || this.#end > 0) block = this.#block = Buffer.allocUnsafeSlow(this.#sizes.blockBytes);
      this.#start = 0;
      this.#end = 0;
    }
    copyBytes(bytes, start, end, block, this.#end);
    this.#end += length;
    this.#schedule();
  }

  /** Writes a chunk from where it lies; its memory is freed once the kernel has it. */
  appendChunk(chunk: Buffer): void {
    this.#writeBlock();
    this.#writeLarge(chunk, (error) => {
      // After an error, the bytes may still be on their way out.
      if (chunk.length >= FREED_BYTES && (error === null || error === undefined)) freeMemory(chunk);
    });
  }

  /** Writes what has been gathered. */
  onTurnEnd(): void {
    this.#scheduled = false;
    this.#writeBlock();
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
    this.#look();
  }

  #writeLarge(bytes: Buffer, left?: (error?: Error | null) => void): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
    }
    this.#socket.write(bytes, left);
    this.#look();
    this.#schedule();
  }

  #writeBlock(): void {
    if (this.#block === null || this.#end === this.#start) return;
    this.#socket.write(this.#block.subarray(this.#start, this.#end));
    // Nearly always the kernel takes all of it at once; then the block can be filled anew, and memory traffic stays small.
    // (TLS never takes it at once: it says so a turn later, and the block is used to its end.)
    if (this.#look() === 0) this.#end = 0;
    this.#start = this.#end;
  }

  /** Looks how much has not left. @returns that, in bytes. */
  #look(): number {
    const unsent = this.#socket.writableLength;
    this.full = unsent > this.#sizes.highWaterBytes;
    return unsent;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#turn.add(this);
  }
}
