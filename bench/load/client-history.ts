import type { Findings } from './findings.js';
import type { ValueMark } from './frames.js';
import { OPERATION, type Operation } from './operation.js';
import { KEYS_PER_CLIENT } from './settings.js';

/** How an operation ended, as its client saw it. `unknown`: the connection broke before the reply. */
export type Outcome = 'ok' | 'error' | 'unknown';

/** What is known of one list element, in a byte each. */
export const ELEMENT = { never: 0, sent: 1, ok: 2, error: 3 } as const;

const FIRST_ELEMENTS = 1024;

/** One key of a client: the numbers of the SETs sent to it and acknowledged by it, the newest of each. */
interface KeyHistory {
  sent: number;
  acknowledged: number;
}

/**
 * What one client sent and was told. It is the memory of the oracle, and its first half: replies that contradict what
 * the client knows already are found at once; the rest is found by `judge`, after the run.
 *
 * The client's requests are answered in the order in which they were sent (`sent` and `settled` are called in that order).
 */
export class ClientHistory {
  readonly client: number;
  readonly keys: readonly KeyHistory[] = Array.from({ length: KEYS_PER_CLIENT }, () => ({ sent: 0, acknowledged: 0 }));
  /** SETs answered with an error, by number. Few, so they may be objects. */
  readonly refusedSets = new Set<number>();
  readonly counter = { acknowledged: 0, unknown: 0, refused: 0 };
  elements = new Uint8Array(FIRST_ELEMENTS);
  /** Number of the last list element that was sent; the first one is 1. */
  lastElement = 0;
  readonly #found = { outOfOrder: 0, staleReads: 0, crossed: 0 };
  #lastCounter = 0;
  #lastLength = 0;
  #lastSet = 0;

  constructor(client: number) {
    this.client = client;
  }

  /** Notes that an operation leaves. @returns the sequence number to write (0 for operations that carry none). */
  sent(operation: Operation, key: number): number {
    if (operation === OPERATION.set) {
      this.#lastSet += 1;
      this.#key(key).sent = this.#lastSet;
      return this.#lastSet;
    }
    if (operation === OPERATION.rpush) {
      this.lastElement += 1;
      if (this.lastElement >= this.elements.length) this.#growElements();
      this.elements[this.lastElement] = ELEMENT.sent;
      return this.lastElement;
    }
    return 0;
  }

  /** Notes how an operation ended; its content, if it has one, goes to {@link counted}, {@link listed} or {@link read}. */
  settled(operation: Operation, key: number, sequence: number, outcome: Outcome): void {
    switch (operation) {
      case OPERATION.set:
        if (outcome === 'ok') this.#key(key).acknowledged = sequence;
        if (outcome === 'error') this.refusedSets.add(sequence);
        return;
      case OPERATION.incr:
        if (outcome === 'ok') this.counter.acknowledged += 1;
        if (outcome === 'unknown') this.counter.unknown += 1;
        if (outcome === 'error') this.counter.refused += 1;
        return;
      case OPERATION.rpush:
        if (outcome === 'ok') this.elements[sequence] = ELEMENT.ok;
        if (outcome === 'error') this.elements[sequence] = ELEMENT.error;
        return;
      case OPERATION.get:
        return;
    }
  }

  /** The value that INCR answered with: nobody else counts on this counter, so it only rises. */
  counted(value: number): void {
    if (value <= this.#lastCounter) this.#found.outOfOrder += 1;
    this.#lastCounter = value;
  }

  /** The length that RPUSH answered with. */
  listed(length: number): void {
    if (length <= this.#lastLength) this.#found.outOfOrder += 1;
    this.#lastLength = length;
  }

  /** What GET answered with; null is a key without a value or a value without a mark. */
  read(key: number, mark: ValueMark | null): void {
    const { sent, acknowledged } = this.#key(key);
    if (mark === null) {
      if (acknowledged > 0) this.#found.staleReads += 1;
    } else if (mark.client !== this.client || mark.key !== key || mark.sequence > sent) {
      this.#found.crossed += 1;
    } else if (mark.sequence < acknowledged) {
      this.#found.staleReads += 1;
    }
  }

  /** A reply that the request can not have had, such as a number for a GET. */
  mismatched(): void {
    this.#found.crossed += 1;
  }

  /** What the replies alone have shown so far. */
  findings(): Pick<Findings, 'outOfOrder' | 'staleReads' | 'crossed'> {
    return { ...this.#found };
  }

  #key(key: number): KeyHistory {
    const history = this.keys[key];
    if (history === undefined) throw new RangeError(`a client has ${KEYS_PER_CLIENT} keys, there is no key ${key}`);
    return history;
  }

  #growElements(): void {
    const grown = new Uint8Array(this.elements.length * 2);
    grown.set(this.elements);
    this.elements = grown;
  }
}
