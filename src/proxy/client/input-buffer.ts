import { FREED_BYTES, freeMemory, takeMemory } from '../memory.js';

/**
 * Whose the memory is. *lent*: it is read into again as soon as the caller returns. *whole*: a chunk that came with memory of its
 * own. *taken*: from `memory.ts`, to be used again when nothing in it is wanted any more. *shown*: somebody may look at it for long.
 */
type Whose = 'lent' | 'whole' | 'taken' | 'shown';

/**
 * What a client has sent and the scanner has not consumed. A chunk is used where it lies. What is left of one is copied into
 * memory that is large enough for the request that stands there: when the next chunk arrives, or, where the memory of
 * the chunk was only lent, in {@link settle}.
 */
export class InputBuffer {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  #whose: Whose = 'shown';
  /** How often the request at hand was completed as far as was known, since memory was lent last. */
  #steps = 0;

  /** Memory that it occupies, bytes. */
  get memory(): number {
    return this.bytes.length;
  }

  get length(): number {
    return this.end - this.start;
  }

  /**
   * Gives the memory to whoever consumes the bytes up to `end`, where those are all of a piece of memory that nobody else looks at.
   *
   * @returns null where they are not.
   */
  give(end: number): Buffer | null {
    const isNobodys = this.#whose === 'whole' || this.#whose === 'taken';
    if (!isNobodys || this.start > 0 || end !== this.bytes.length) return null;
    this.#whose = 'shown';
    return this.bytes;
  }

  /**
   * Takes what it can use of `chunk[from … to)`: all of it where it lies, or, where a request stands incomplete, a copy of
   * what that is known to need. So the requests behind it need not be copied with it.
   *
   * @param lent the memory is used for something else as soon as the caller returns; {@link settle} before that.
   * @param expected bytes that the request at `start` is known to need.
   * @returns the position behind what was taken.
   */
  take(chunk: Buffer, from: number, to: number, lent: boolean, expected: number): number {
    const length = this.end - this.start;
    if (length === 0) {
      this.#use(chunk, from, to, lent ? 'lent' : 'whole');
      return to;
    }
    const missing = expected - length;
    const isKnown = missing > 0 && this.#steps++ < MAX_STEPS;
    const taken = isKnown ? Math.min(missing, to - from) : to - from;
    const needed = length + taken;
    if (this.start > 0 || needed > this.bytes.length) this.#move(needed, expected);
    chunk.copy(this.bytes, this.end, from, from + taken);
    this.end += taken;
    return from + taken;
  }

  /** Puts bytes before what is there. */
  prepend(bytes: Buffer): void {
    const both = Buffer.concat([bytes, this.bytes.subarray(this.start, this.end)]);
    this.#use(both, 0, both.length, 'whole');
  }

  /** The bytes from `start` to `frameEnd`, in memory that stays as it is. */
  frame(frameEnd: number): Buffer {
    const frame = this.bytes.subarray(this.start, frameEnd);
    if (this.#whose === 'lent') return Buffer.from(frame);
    this.#whose = 'shown';
    return frame;
  }

  /** Forgets the consumed bytes, and the memory they were in. */
  release(): void {
    if (this.start === this.end) this.#use(EMPTY, 0, 0, 'shown');
  }

  /** Lets go of lent memory: what is left of it moves. @param expected as for {@link take}. */
  settle(expected: number): void {
    this.#steps = 0;
    if (this.#whose === 'lent') this.#move(this.end - this.start, expected);
  }

  /**
   * Moves what is there into memory for at least `needed` bytes. It grows with what has come, not with what is announced: 40
   * bytes may announce 512 MB; but no more than what the request needs is taken for it.
   */
  #move(needed: number, expected: number): void {
    const length = this.end - this.start;
    const size = expected >= needed ? Math.min(2 * needed, expected) : needed + Math.min(length, MAX_SPARE_BYTES);
    const grown = takeMemory(size);
    this.bytes.copy(grown, 0, this.start, this.end);
    this.#use(grown, 0, length, size < FREED_BYTES ? 'whole' : 'taken');
  }

  #use(bytes: Buffer, start: number, end: number, whose: Whose): void {
    if (this.#whose === 'taken') freeMemory(this.bytes);
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.#whose = whose;
  }
}

/** A line that is not complete is looked at anew for each byte of it: not for long. */
const MAX_STEPS = 16;
const EMPTY = Buffer.alloc(0);
/** Doubling stops here: a client that trickles a large request gets what the request needs, not twice as much. */
const MAX_SPARE_BYTES = 1024 * 1024;
