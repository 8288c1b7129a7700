/** Events that are kept for a report. */
const KEPT = 400;

/** What happened, as far back as anybody wants to read. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #isWhole: boolean;
  readonly #notes: string[] = [];

  /** @param isWhole all events; else what was noted, and the last events. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What was worth a word: faults, orders, the log of Holdfast. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  readonly event = (at: number, owner: string, what: string): void => {
    if (!this.#isWhole) return;
    this.#lines.push(`${at.toFixed(3).padStart(10)} ${owner} ${what}`);
  };

  note(at: number, what: string): void {
    const line = `${at.toFixed(3).padStart(10)} ${what}`;
    this.#notes.push(line);
    if (this.#notes.length > KEPT) this.#notes.shift();
    if (this.#isWhole) this.#lines.push(line);
  }
}
