/**
 * The schedule of an open-loop load: the n-th operation is due at a time that does not depend on how the ones before it
 * fared. A write that could not leave in time is timed from when it was due, so that a stall can not hide the writes that
 * it kept from being sent.
 */
export class Pacer {
  #perMs: number;
  #anchorMs: number;
  #taken = 0;
  #lookMs: number;
  #lastLookMs: number;

  constructor(ratePerSecond: number, nowMs: number) {
    this.#perMs = ratePerSecond / 1000;
    this.#anchorMs = nowMs;
    this.#lookMs = nowMs;
    this.#lastLookMs = nowMs;
  }

  /** To be called again and again. @returns how many operations are due and not taken yet. */
  look(nowMs: number): number {
    this.#lastLookMs = this.#lookMs;
    this.#lookMs = nowMs;
    return this.#backlog(nowMs);
  }

  /**
   * Takes the next operation. @returns from when its wait counts: from when it was due, if it could not leave then. What
   * leaves at the first look after it became due has not waited: how coarse this process' timer is, is not the server's doing.
   */
  take(): number {
    const dueMs = this.#anchorMs + this.#taken++ / this.#perMs;
    return dueMs > this.#lastLookMs ? this.#lookMs : dueMs;
  }

  /** Goes on at another rate from now; what was due and not taken is given up. @returns how many that were. */
  restart(ratePerSecond: number, nowMs: number): number {
    const givenUp = Math.max(0, this.#backlog(nowMs));
    this.#perMs = ratePerSecond / 1000;
    this.#anchorMs = nowMs;
    this.#taken = 0;
    return givenUp;
  }

  #backlog(nowMs: number): number {
    return Math.floor((nowMs - this.#anchorMs) * this.#perMs) - this.#taken;
  }
}
