import type { SimEvent } from '../world/event-queue.js';
import type { ServerConnection } from './connection.js';
import type { SimServer } from './sim-server.js';

/** `CLIENT PAUSE … WRITE`: of two pauses the longer one wins; UNPAUSE ends everybody's. */
export class WritePause {
  readonly #server: SimServer;
  #until = 0;
  #timer: SimEvent | null = null;
  #held: ServerConnection[] = [];

  constructor(server: SimServer) {
    this.#server = server;
  }

  get active(): boolean {
    return this.#until > this.#server.network.loop.now;
  }

  begin(ms: number): void {
    const { loop } = this.#server.network;
    this.#until = Math.max(this.#until, loop.now + ms);
    if (this.#timer !== null) loop.cancel(this.#timer);
    this.#timer = loop.after(this.#server.process, this.#until - loop.now, 'pause ends', () => {
      this.#timer = null;
      this.#server.afterCommand();
    });
  }

  end(): void {
    this.#until = 0;
    if (this.#timer !== null) this.#server.network.loop.cancel(this.#timer);
    this.#timer = null;
  }

  /** A restarted server knows nothing of it. */
  reset(): void {
    this.#until = 0;
    this.#timer = null;
    this.#held = [];
  }

  hold(connection: ServerConnection): void {
    this.#held.push(connection);
  }

  /** Who was held and need not wait any more, in order. */
  released(): readonly ServerConnection[] {
    if (this.#held.length === 0 || this.active) return [];
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
