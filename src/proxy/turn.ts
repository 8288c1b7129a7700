/** Something with work to finish when the current turn of the event loop has read all it could. */
export interface TurnWork {
  onTurnEnd(): void;
}

/**
 * Collects what one turn of the event loop touched and finishes it once: every upstream flushes one write for all the
 * clients that were read, every client resumes once however many replies came.
 */
export class Turn {
  readonly #work: TurnWork[] = [];
  #scheduled = false;
  #running = false;
  readonly #run = (): void => {
    this.#scheduled = false;
    this.finish();
  };

  /**
   * Finishes at once what has been touched so far. Within work that is being finished it does nothing: that goes on anyway.
   *
   * @throws what the first piece of work threw, after all the others have been finished.
   */
  finish(): void {
    if (this.#running) return;
    this.#running = true;
    const failures: unknown[] = [];
    // Work may add work (a resumed client sends to an upstream); that is finished in the same turn, in order.
    const work = this.#work;
    for (let at = 0; at < work.length; at++) {
      try {
        work[at]?.onTurnEnd();
      } catch (error) {
        // One connection's defect must not leave what the others have to send unsent.
        failures.push(error);
      }
    }
    work.length = 0;
    this.#running = false;
    if (failures.length > 0) throw failures[0];
  }

  add(work: TurnWork): void {
    this.#work.push(work);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#run);
  }
}
