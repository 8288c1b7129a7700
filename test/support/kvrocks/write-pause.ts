import { once, EventEmitter } from 'node:events';

/** `CLIENT PAUSE … WRITE` of Kvrocks: a new pause takes the place of the one that runs, whichever would last longer. */
export class WritePause {
  readonly #ended = new EventEmitter().setMaxListeners(0);
  #timer: NodeJS.Timeout | null = null;

  get active(): boolean {
    return this.#timer !== null;
  }

  begin(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), ms);
  }

  end(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#ended.emit('ended');
  }

  /** Settles when no pause is active. */
  async over(): Promise<void> {
    while (this.active) await once(this.#ended, 'ended');
  }
}
