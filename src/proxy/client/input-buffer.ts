/**
 * What a client has sent and the scanner has not consumed. A chunk is used where it lies; only what is left of one is
 * copied when the next arrives, into memory that is large enough for the request that stands there.
 */
export class InputBuffer {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;

  /** Memory that it occupies, bytes. */
  get memory(): number {
    return this.bytes.length;
  }

  get length(): number {
    return this.end - this.start;
  }

  /**
   * Memory grows with what has come, not with what is announced: 40 bytes may announce 512 MB.
   *
   * @param expected bytes that the request at `start` is known to need; no more than that is taken for it.
   */
  append(chunk: Buffer, expected: number): void {
    const length = this.end - this.start;
    if (length === 0) {
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    const needed = length + chunk.length;
    if (this.start > 0 || needed > this.bytes.length) {
      const size = expected > needed ? Math.min(2 * needed, expected) : needed + Math.min(length, MAX_SPARE_BYTES);
      const grown = Buffer.allocUnsafe(size);
      this.bytes.copy(grown, 0, this.start, this.end);
      this.bytes = grown;
      this.start = 0;
      this.end = length;
    }
    chunk.copy(this.bytes, this.end);
    this.end = needed;
  }

  /** Puts bytes before what is there. */
  prepend(bytes: Buffer): void {
    this.bytes = Buffer.concat([bytes, this.bytes.subarray(this.start, this.end)]);
    this.start = 0;
    this.end = this.bytes.length;
  }

  /** Forgets the consumed bytes, and the memory they were in. */
  release(): void {
    if (this.start < this.end) return;
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
  }
}

const EMPTY = Buffer.alloc(0);
/** Doubling stops here: a client that trickles a large request gets what the request needs, not twice as much. */
const MAX_SPARE_BYTES = 1024 * 1024;
