/**
 * The schedule of an open-loop load: the n-th operation is due at a time that does not depend on how the ones before it
 * fared. A write that could not leave in time is timed from when it was due, so that a stall can not hide the writes that
 * it kept from being sent.
 */
export class Pacer {
  #perMs: number;
  #anchorMs: number;
  #taken = 0;

  constructor(ratePerSecond: number, nowMs: number) {
    this.#perMs = ratePerSecond / 1000;
    this.#anchorMs = nowMs;
  }

  /** Operations that are due at `nowMs` and not taken yet. */
  backlog(nowMs: number): number {
    return Math.floor((nowMs - this.#anchorMs) * this.#perMs) - this.#taken;
  }

  /** Takes the next operation. @returns when it was due. */
  take(): number {
    return this.#anchorMs + this.#taken++ / this.#perMs;
  }

  /** Goes on at another rate from now; what was due and not taken is given up. @returns how many that were. */
  restart(ratePerSecond: number, nowMs: number): number {
    const givenUp = Math.max(0, this.backlog(nowMs));
    this.#perMs = ratePerSecond / 1000;
    this.#anchorMs = nowMs;
    this.#taken = 0;
    return givenUp;
  }
}
