/** Below this part of the wanted rate a second counts as missed. */
const MISSED_BELOW = 0.9;

/** A switch may spoil a second or two (Redis' own FAILOVER does); a machine that is too slow spoils every one. */
const MISSED_IN_A_ROW = 3;

/** Under what was reached with all queues full: short of that queues are short too, and waits mean something again. */
const FALL_BACK_TO = 0.8;

/** Notices that the machine can not sustain the wanted rate, and says at which rate to go on. */
export class RateGuard {
  #rate: number;
  readonly #missed: number[] = [];

  constructor(ratePerSecond: number) {
    this.#rate = ratePerSecond;
  }

  /**
   * To be told once a second what the last second reached.
   *
   * @returns the lower rate to go on at, or null while all is well.
   */
  second(reached: number): number | null {
    if (reached >= this.#rate * MISSED_BELOW) {
      this.#missed.length = 0;
      return null;
    }
    this.#missed.push(reached);
    if (this.#missed.length < MISSED_IN_A_ROW) return null;
    this.#rate = Math.max(1, Math.floor(Math.max(...this.#missed) * FALL_BACK_TO));
    this.#missed.length = 0;
    return this.#rate;
  }
}
