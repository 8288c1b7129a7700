/** How one connection gets on, looked at now and then: nothing is noted on the way of a command. */
export class Pace {
  #sent = 0;
  #answered = 0;
  #isQuiet = false;
  #isWaiting = false;
  #standsStill = false;

  /**
   * @param sent replies that its requests get, answered or not.
   * @param answered those that have come.
   */
  look(sent: number, answered: number): void {
    this.#standsStill = this.#isWaiting && answered === this.#answered;
    this.#isQuiet = sent === this.#sent;
    this.#isWaiting = answered < sent;
    this.#sent = sent;
    this.#answered = answered;
  }

  /** Nothing has been sent since the look before the last. */
  isQuiet(sent: number): boolean {
    return this.#isQuiet && sent === this.#sent;
  }

  /** What was the oldest request at the look before the last is still not answered. */
  standsStill(answered: number): boolean {
    return this.#standsStill && answered === this.#answered;
  }
}
