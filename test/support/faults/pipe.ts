import type { Socket } from 'node:net';
import type { SeededRandom } from '../../unit/resp/seeded-random.js';
import { UNDISTURBED, type Conditions } from './conditions.js';

/** What a window of TCP would hold: whoever sends more waits. */
const WINDOW_BYTES = 1 << 20;

/** What is on its way: bytes, or the end of them. */
type Parcel = Buffer | 'end' | 'reset';

interface Travelling {
  readonly parcel: Parcel;
  /** On the monotonic clock, ms. */
  readonly arrivesAt: number;
}

/**
 * One direction of a connection, under conditions that may change at any time, also for what is on its way.
 *
 * ```
 *  from ──data, end, error──▶ parcels, each with the time of its arrival ──▶ to
 * ```
 */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #random: SeededRandom;
  readonly #travelling: Travelling[] = [];
  #waitingBytes = 0;
  #conditions: Conditions = UNDISTURBED;
  /** Bytes that may still pass. */
  #allowance = Infinity;
  /** When the wire is free again, under a limited bandwidth. */
  #freeAt = 0;
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(from: Socket, to: Socket, random: SeededRandom) {
    this.#from = from;
    this.#to = to;
    this.#random = random;
    from.on('end', () => this.#send('end'));
    from.on('error', () => this.#send('reset'));
    to.on('drain', () => this.#regulate());
  }

  impose(conditions: Conditions): void {
    this.#conditions = conditions;
    this.#allowance = conditions.cutAfterBytes;
    this.#freeAt = 0;
    this.#deliver();
  }

  /** Bytes that have come from the sender. */
  carry(bytes: Buffer): void {
    this.#send(bytes);
  }

  /** Tells the receiver that nothing more comes; the other direction goes on. */
  halfClose(): void {
    this.#to.end();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#travelling.length = 0;
  }

  #send(parcel: Parcel): void {
    if (this.#isClosed) return;
    this.#travelling.push({ parcel, arrivesAt: this.#arrivalOf(parcel) });
    if (parcel instanceof Buffer) this.#waitingBytes += parcel.length;
    this.#deliver();
    this.#regulate();
  }

  #arrivalOf(parcel: Parcel): number {
    const { latencyMs, jitterMs, bytesPerSecond } = this.#conditions;
    const before = this.#travelling.at(-1)?.arrivesAt ?? 0;
    let at = performance.now() + latencyMs + (jitterMs === 0 ? 0 : this.#random.below(jitterMs * 1000) / 1000);
    if (parcel instanceof Buffer && bytesPerSecond !== Infinity) {
      this.#freeAt = Math.max(this.#freeAt, performance.now()) + (parcel.length / bytesPerSecond) * 1000;
      at = Math.max(at, this.#freeAt);
    }
    return Math.max(at, before);
  }

  /** Everything that is due, in order. */
  #deliver(): void {
    this.#cancel();
    if (this.#conditions.isBlackHole) return;
    for (;;) {
      const [next] = this.#travelling;
      if (next === undefined || this.#isClosed) return;
      const waitMs = this.#dueIn(next);
      if (waitMs > 0) {
        const timer = setTimeout(() => this.#deliver(), waitMs);
        this.#cancel = () => clearTimeout(timer);
        return;
      }
      this.#arrive(this.#take(next));
      // A piece of its own only if it leaves before the next one is written.
      if (this.#conditions.sliceBytes !== Infinity && this.#travelling.length > 0) {
        const turn = setImmediate(() => this.#deliver());
        this.#cancel = () => clearImmediate(turn);
        return;
      }
    }
  }

  /** What was delayed under conditions that are over does not wait for them. */
  #dueIn({ arrivesAt }: Travelling): number {
    const { latencyMs, jitterMs, bytesPerSecond } = this.#conditions;
    if (latencyMs === 0 && jitterMs === 0 && bytesPerSecond === Infinity) return 0;
    return arrivesAt - performance.now();
  }

  #arrive(parcel: Parcel): void {
    if (parcel === 'end') {
      this.#to.end();
      return;
    }
    if (parcel === 'reset') {
      this.#to.resetAndDestroy();
      return;
    }
    this.#waitingBytes -= parcel.length;
    const passing = parcel.subarray(0, Math.min(parcel.length, this.#allowance));
    this.#allowance -= passing.length;
    if (passing.length > 0) this.#to.write(passing);
    if (this.#allowance <= 0) {
      this.#from.resetAndDestroy();
      this.#to.resetAndDestroy();
    }
    this.#regulate();
  }

  #regulate(): void {
    const isFull = this.#waitingBytes + this.#to.writableLength > WINDOW_BYTES;
    if (isFull) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }

  /**
   * Takes the first parcel off the way, or a slice of it. Cut as it leaves: a million slices that wait would keep this process
   * busy for half a minute.
   */
  #take(first: Travelling): Parcel {
    const { parcel, arrivesAt } = first;
    const { sliceBytes } = this.#conditions;
    const length = sliceBytes === Infinity ? Infinity : 1 + this.#random.below(sliceBytes);
    if (!(parcel instanceof Buffer) || length >= parcel.length) {
      this.#travelling.shift();
      return parcel;
    }
    this.#travelling[0] = { parcel: parcel.subarray(length), arrivesAt };
    return parcel.subarray(0, length);
  }
}
