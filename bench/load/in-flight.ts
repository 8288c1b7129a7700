import type { Operation } from './operation.js';

/** An operation that waits for its reply. One object is used again and again; copy what must last. */
export interface InFlightOperation {
  operation: Operation;
  key: number;
  sequence: number;
  /** From when its wait counts. */
  startMs: number;
}

/** The unanswered operations of one connection, oldest first: a ring that is allocated once. */
export class InFlight {
  readonly #ring: readonly InFlightOperation[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#ring = Array.from({ length: capacity }, () => ({ operation: 0, key: 0, sequence: 0, startMs: 0 }));
  }

  get size(): number {
    return this.#size;
  }

  get room(): number {
    return this.#ring.length - this.#size;
  }

  /** @throws RangeError when full; look at {@link room} first. */
  push(operation: Operation, key: number, sequence: number, startMs: number): void {
    const slot = this.#ring[(this.#head + this.#size) % this.#ring.length];
    if (slot === undefined || this.room === 0) throw new RangeError('more operations in flight than allowed');
    slot.operation = operation;
    slot.key = key;
    slot.sequence = sequence;
    slot.startMs = startMs;
    this.#size += 1;
  }

  /** Takes the oldest. @returns null when nothing is in flight; valid until the next {@link push}. */
  shift(): InFlightOperation | null {
    if (this.#size === 0) return null;
    const slot = this.#ring[this.#head] ?? null;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size -= 1;
    return slot;
  }
}
