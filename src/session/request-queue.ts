/** The first piece has room for what most transactions are; each further one for twice as much as the one before … */
const FIRST_PIECE_BYTES = 256;
/** … up to this. */
const MAX_PIECE_BYTES = 64 * 1024;
/** What the length of a request takes, in an array of small integers. */
const LENGTH_BYTES = 8;

/**
 * Copies of requests, one behind the other in a few pieces of memory. Each as a buffer of its own would take ten times as
 * much memory as a short request has bytes, and where nobody counts it.
 */
export class RequestQueue implements Iterable<Buffer> {
  readonly #pieces: Buffer[] = [];
  readonly #lengths: number[] = [];
  #memory = 0;
  /** Bytes in use of the last piece. */
  #end = 0;

  /** How many there are. */
  get length(): number {
    return this.#lengths.length;
  }

  /** Memory that they take, bytes. */
  get memory(): number {
    return this.#memory + this.#lengths.length * LENGTH_BYTES;
  }

  add(request: Buffer): void {
    let piece = this.#pieces.at(-1);
    if (piece === undefined || piece.length - this.#end < request.length) {
      const usual = piece === undefined ? FIRST_PIECE_BYTES : Math.min(2 * piece.length, MAX_PIECE_BYTES);
      piece = Buffer.allocUnsafe(Math.max(usual, request.length));
      this.#pieces.push(piece);
      this.#memory += piece.length;
      this.#end = 0;
    }
    request.copy(piece, this.#end);
    this.#end += request.length;
    this.#lengths.push(request.length);
  }

  /** In the order in which they were added; the memory is the queue's. */
  *[Symbol.iterator](): Generator<Buffer> {
    let at = 0;
    let start = 0;
    for (const length of this.#lengths) {
      let piece = this.#pieces[at] ?? NONE;
      // As when it was added: into the next piece when it had no room in this one.
      if (piece.length - start < length) {
        piece = this.#pieces[++at] ?? NONE;
        start = 0;
      }
      yield piece.subarray(start, start + length);
      start += length;
    }
  }
}

const NONE = Buffer.alloc(0);
