import type { Socket } from 'node:net';
import { FREED_BYTES, freeMemory, takeMemory } from '../memory.js';
import { copyBytes } from '../copy-bytes.js';
import { KeptRequests, type KeptRequest } from './kept-requests.js';
import type { Turn, TurnWork } from '../turn.js';

export interface OutboxSizes {
  /** Memory that requests are gathered in. */
  readonly blockBytes: number;
  /** More unsent bytes than this and the senders are asked to wait: memory is bounded by back-pressure. */
  readonly highWaterBytes: number;
  /** Requests that have left and are not answered are kept up to this. */
  readonly keptBytes: number;
}

/** A private link carries one client's requests, and there may be thousands; only large values fill it. */
export const OUTBOX_SIZES: Readonly<Record<'lane' | 'private', OutboxSizes>> = {
  lane: { blockBytes: 64 * 1024, highWaterBytes: 4 * 1024 * 1024, keptBytes: 16 * 1024 * 1024 },
  private: { blockBytes: 4 * 1024, highWaterBytes: 1024 * 1024, keptBytes: 1024 * 1024 },
};

/**
 * What leaves on one socket: requests are copied into a block as they come, and what one turn of the event loop brought
 * leaves in one write. A request that is large for a block is written from memory of its own.
 *
 * The memory is used again when what stands in it has been answered: until then somebody may want to send it once more.
 *
 * ```
 *   kept: [ block, full ] [ large one ] [ block …      the block at hand: … sent ┊ to be written at the end of the turn ┊ free ]
 *                                                                         #open         #start                        #end
 * ```
 */
export class Outbox implements TurnWork {
  /** More is unsent than should be; until all of it has left. A field, as it is looked at for each request. */
  full = false;
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #sizes: OutboxSizes;
  readonly #kept: KeptRequests;
  #block: Buffer | null = null;
  #start = 0;
  #end = 0;
  /** Where in the block the requests begin that `#kept` does not have yet, and the number of the first of them. */
  #open = 0;
  #first = 0;
  /** The number of the request that comes next. */
  #next = 0;
  #isKeeping = true;
  #isFrozen = false;
  #scheduled = false;
  #corked = false;
  /** A small block that can be filled anew. */
  #spare: Buffer | null = null;
  /** Bytes that the socket was given, while it could be written to. */
  #given = 0;

  constructor(socket: Socket, turn: Turn, sizes: OutboxSizes) {
    this.#socket = socket;
    this.#turn = turn;
    this.#sizes = sizes;
    this.#kept = new KeptRequests(sizes.keptBytes);
    // Before those who wait for it look.
    socket.prependListener('drain', () => (this.full = false));
  }

  /**
   * How much may have left, bytes: of a request that ends behind it, the server has not got the last byte. What the socket was
   * given may have left. (It would say when it has, at the price of a callback for each write.)
   */
  get mayHaveLeft(): number {
    return this.#given;
  }

  /** Takes whole requests. @param sent how many requests there have been with these. */
  append(bytes: Buffer, start: number, end: number, sent: number): void {
    const length = end - start;
    let block = this.#block;
    if (block === null || length > block.length - this.#end) {
      this.#writeBlock();
      if (length > this.#sizes.blockBytes / 4) {
        const own = takeMemory(length);
        bytes.copy(own, 0, start, end);
        this.appendChunk(own, sent);
        return;
      }
      block = this.#nextBlock();
    }
    copyBytes(bytes, start, end, block, this.#end);
    this.#end += length;
    this.#next = sent;
    this.#schedule();
  }

  /**
   * Writes a request from where it lies; its memory is freed once nobody needs it.
   *
   * @param sent as for {@link append}.
   * @param keep false for what can not be sent again.
   */
  appendChunk(chunk: Buffer, sent: number, keep = this.#isKeeping): void {
    this.#writeBlock();
    this.#close(null);
    let users = keep ? 2 : 1;
    const letGo = (): void => {
      if (--users === 0 && chunk.length >= FREED_BYTES) freeMemory(chunk);
    };
    if (keep) this.#kept.add({ bytes: chunk, first: this.#next, position: this.#given, letGo });
    this.#next = sent;
    this.#first = sent;
    this.#writeLarge(chunk, (error) => {
      // After an error, the bytes may still be on their way out.
      if (error === null || error === undefined) letGo();
    });
  }

  /** As {@link append}, for what can not be sent again: a piece of a request, or one that has not just one reply. */
  appendUnkept(bytes: Buffer, start: number, end: number, sent: number): void {
    this.#close(null);
    this.#isKeeping = false;
    this.append(bytes, start, end, sent);
    this.#isKeeping = true;
    this.#open = this.#end;
    this.#first = sent;
  }

  /** So many requests have been answered. */
  answered(count: number): void {
    if (this.#isFrozen) return;
    if (count < this.#next) {
      this.#kept.release(count, this.#first);
      return;
    }
    this.#kept.release(count, this.#next);
    this.#first = this.#next;
    this.#open = this.#end;
    // Nobody needs what is in the block: it is filled anew, and memory traffic stays small.
    if (this.#start !== this.#end || this.#socket.writableLength > 0) return;
    this.#start = 0;
    this.#end = 0;
    this.#open = 0;
  }

  /** The requests from number `from` on, as far as they are kept. */
  kept(from: number): ReadonlyMap<number, KeptRequest> {
    this.#close(null);
    return this.#kept.since(from);
  }

  /** From now on all memory stays as it is: somebody has got requests that stand in it. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
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

  #writeLarge(bytes: Buffer, left: (error?: Error | null) => void): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
    }
    this.#write(bytes, left);
    this.#schedule();
  }

  #writeBlock(): void {
    if (this.#block === null || this.#end === this.#start || !this.#socket.writable) return;
    const bytes = this.#block.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.#write(bytes);
  }

  #write(bytes: Buffer, left?: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    this.#given += bytes.length;
    socket.write(bytes, left);
    this.#look();
  }

  /** The block at hand has been written, and is full. */
  #nextBlock(): Buffer {
    const full = this.#block;
    this.#close(full === null ? null : () => this.#useAgain(full));
    const block = this.#newBlock();
    this.#block = block;
    this.#start = 0;
    this.#end = 0;
    this.#open = 0;
    return block;
  }

  #newBlock(): Buffer {
    const { blockBytes } = this.#sizes;
    if (blockBytes >= FREED_BYTES) return takeMemory(blockBytes);
    const block = this.#spare ?? Buffer.allocUnsafeSlow(blockBytes);
    this.#spare = null;
    return block;
  }

  /** All of the block has been answered. What TLS still has to encrypt, or a server answered before it had it, is left alone. */
  #useAgain(block: Buffer): void {
    if (this.#socket.writableLength > 0) return;
    if (block.length >= FREED_BYTES) freeMemory(block);
    else this.#spare = block;
  }

  /** What comes next does not stand behind what is open in the block. */
  #close(letGo: (() => void) | null): void {
    const { bytes, position } = this.#opened();
    if (bytes.length > 0) this.#kept.add({ bytes, first: this.#first, position, letGo });
    this.#open = this.#end;
    this.#first = this.#next;
  }

  #opened(): { readonly bytes: Buffer; readonly position: number } {
    const bytes = this.#block?.subarray(this.#open, this.#end) ?? NONE;
    return { bytes, position: this.#given + this.#open - this.#start };
  }

  /** Looks how much has not left. */
  #look(): void {
    this.full = this.#socket.writableLength > this.#sizes.highWaterBytes;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#turn.add(this);
  }
}

const NONE = Buffer.alloc(0);
