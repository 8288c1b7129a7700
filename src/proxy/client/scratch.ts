import { copyBytes } from '../copy-bytes.js';

/** Most bytes of one {@link Scratch.copyOf}: what is larger gets memory of its own, which is used again once it has left. */
export const MAX_SCRATCH_BYTES = 16 * 1024;
/** Size of the smallest block. A client that keeps five bytes in it keeps all of it; ten thousand such clients are 40 MB. */
const SMALL_BLOCK_BYTES = 4 * 1024;
/** Views of up to this length are kept: making one takes as long as copying what it shows. */
const KEPT_VIEW_BYTES = 256;

/**
 * Memory for what is written at once: nearly always the kernel takes it in the same call, and the same bytes serve the next
 * write. What it does not take keeps its bytes ({@link giveAway}), and its block with them, for as long as it likes. So what
 * is large is copied into a block of which it is at least half: no client keeps much more than it is counted for.
 */
export class Scratch {
  readonly #small = new Block(SMALL_BLOCK_BYTES);
  /** Each twice as large as the one before. */
  readonly #larger: readonly Block[] = blocksFrom(2 * SMALL_BLOCK_BYTES);
  #last = this.#small;

  /** A copy of `bytes[start … end)`, valid until the next call; at most {@link MAX_SCRATCH_BYTES}. */
  copyOf(bytes: Buffer, start: number, end: number): Buffer {
    const length = end - start;
    if (length <= SMALL_BLOCK_BYTES) this.#last = this.#small;
    else this.#last = this.#larger[doublings(length)] ?? new Block(length);
    return this.#last.copyOf(bytes, start, end);
  }

  /** What the last call returned is somebody else's now. */
  giveAway(): void {
    this.#last.giveAway();
  }
}

class Block {
  readonly #size: number;
  #memory: Buffer = NONE;
  #views: (Buffer | undefined)[] = [];
  #start = 0;
  #end = 0;

  constructor(size: number) {
    this.#size = size;
  }

  copyOf(bytes: Buffer, start: number, end: number): Buffer {
    const length = end - start;
    if (length > this.#memory.length - this.#start) this.#begin(Buffer.allocUnsafeSlow(this.#size), 0);
    copyBytes(bytes, start, end, this.#memory, this.#start);
    this.#end = this.#start + length;
    if (length > KEPT_VIEW_BYTES) return this.#memory.subarray(this.#start, this.#end);
    return (this.#views[length] ??= this.#memory.subarray(this.#start, this.#end));
  }

  giveAway(): void {
    this.#begin(this.#memory, this.#end);
  }

  #begin(memory: Buffer, start: number): void {
    this.#memory = memory;
    this.#start = start;
    this.#end = start;
    this.#views = [];
  }
}

/** How often twice the smallest block has to be doubled to take `length` bytes, which are too many for the smallest. */
function doublings(length: number): number {
  return Math.clz32(SMALL_BLOCK_BYTES - 1) - 1 - Math.clz32(length - 1);
}

function blocksFrom(least: number): readonly Block[] {
  const blocks: Block[] = [];
  for (let size = least; size <= MAX_SCRATCH_BYTES; size *= 2) blocks.push(new Block(size));
  return blocks;
}

const NONE = Buffer.alloc(0);
