import { copyBytes } from '../copy-bytes.js';

const BLOCK_BYTES = 512 * 1024;
/** Most bytes of one {@link ScratchBlock.copyOf}: what is given away keeps others from being used again. */
export const MAX_SCRATCH_BYTES = 128 * 1024;
/** Views of up to this length are kept: making one takes as long as copying what it shows. */
const KEPT_VIEW_BYTES = 256;

/**
 * Memory for what is written at once: nearly always the kernel takes it in the same call, and the same bytes serve the next
 * write. What it does not take keeps its bytes ({@link giveAway}), and the block is used from behind them.
 */
export class ScratchBlock {
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #views: (Buffer | undefined)[] = [];
  #start = 0;
  #end = 0;

  /** A copy of `bytes[start … end)`, valid until the next call; at most {@link MAX_SCRATCH_BYTES}. */
  copyOf(bytes: Buffer, start: number, end: number): Buffer {
    const length = end - start;
    if (length > BLOCK_BYTES - this.#start) this.#begin(Buffer.allocUnsafeSlow(BLOCK_BYTES), 0);
    copyBytes(bytes, start, end, this.#block, this.#start);
    this.#end = this.#start + length;
    if (length > KEPT_VIEW_BYTES) return this.#block.subarray(this.#start, this.#end);
    return (this.#views[length] ??= this.#block.subarray(this.#start, this.#end));
  }

  /** What the last call returned is somebody else's now. */
  giveAway(): void {
    this.#begin(this.#block, this.#end);
  }

  #begin(block: Buffer, start: number): void {
    this.#block = block;
    this.#start = start;
    this.#end = start;
    this.#views = [];
  }
}
