/** MULTI on one connection: Kvrocks keeps the commands, and judges each of them again when EXEC runs it. */
export class DoubleTransaction {
  #queue: { readonly frame: Buffer; readonly words: readonly string[] }[] | null = null;
  #isSpoilt = false;

  get isOpen(): boolean {
    return this.#queue !== null;
  }

  begin(): void {
    this.#queue = [];
    this.#isSpoilt = false;
  }

  queue(frame: Buffer, words: readonly string[]): void {
    this.#queue?.push({ frame, words });
  }

  /** One of its commands was refused: EXEC will be, too. */
  spoil(): void {
    this.#isSpoilt = this.isOpen;
  }

  /** Ends it. @returns what is to run; null when it was spoilt. */
  end(): readonly { readonly frame: Buffer; readonly words: readonly string[] }[] | null {
    const queue = this.#queue ?? [];
    this.#queue = null;
    return this.#isSpoilt ? null : queue;
  }
}
