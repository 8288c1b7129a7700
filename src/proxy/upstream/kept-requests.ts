import { RequestScanner, Scan } from '../../resp/request-scanner.js';

/** Memory in which whole requests stand, one behind the other, each with one reply. */
export interface Stretch {
  readonly bytes: Buffer;
  /** The number of the first of them on its connection. */
  readonly first: number;
  /** Where they begin in all that the connection was given, bytes. */
  readonly position: number;
  /** Called once, when nobody looks at the memory any more; null: it is left to the collector. */
  readonly letGo: (() => void) | null;
}

/** A request that has been sent, as it was sent. */
export interface KeptRequest {
  readonly bytes: Buffer;
  /** Where it ends in all that the connection was given, bytes. */
  readonly end: number;
}

/**
 * The requests of a connection that have not been answered, in the memory that they are written from. Nothing is noted for a
 * single one: where each of them stands is found by scanning, when somebody asks, which is seldom.
 */
export class KeptRequests {
  readonly #maxBytes: number;
  readonly #stretches: Stretch[] = [];
  #bytes = 0;

  /** @param maxBytes where more is under way, the oldest are forgotten. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(stretch: Stretch): void {
    this.#stretches.push(stretch);
    this.#bytes += stretch.bytes.length;
    while (this.#bytes > this.#maxBytes && this.#stretches.length > 1) this.#drop();
  }

  /**
   * `answered` requests of the connection have been answered: their memory is let go of.
   *
   * @param next number of the first request behind all stretches.
   */
  release(answered: number, next: number): void {
    while (this.#stretches.length > 0 && (this.#stretches[1]?.first ?? next) <= answered) this.#drop();
  }

  /** The requests from number `from` on, by their numbers; those of which nothing is kept are missing. */
  since(from: number): ReadonlyMap<number, KeptRequest> {
    const found = new Map<number, KeptRequest>();
    for (const [at, { bytes, first, position }] of this.#stretches.entries()) {
      if ((this.#stretches[at + 1]?.first ?? Number.POSITIVE_INFINITY) <= from) continue;
      const scanner = new RequestScanner({ maxBulkBytes: Number.MAX_SAFE_INTEGER });
      let number = first;
      for (let start = 0; scanner.scan(bytes, start, bytes.length) === Scan.Complete; start = scanner.frameEnd) {
        const end = scanner.frameEnd;
        if (number >= from) found.set(number, { bytes: bytes.subarray(start, end), end: position + end });
        number++;
      }
    }
    return found;
  }

  #drop(): void {
    const stretch = this.#stretches.shift();
    if (stretch === undefined) return;
    this.#bytes -= stretch.bytes.length;
    stretch.letGo?.();
  }
}
