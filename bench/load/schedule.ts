import type { LoadClient } from './load-client.js';
import { Pacer } from './pacer.js';

/** Deals the operations of an open-loop schedule to clients in turn. */
export class Schedule {
  readonly #clients: readonly LoadClient[];
  readonly #burst: number;
  readonly #pacer: Pacer;
  #turn = 0;

  /** @param burst operations that a client is dealt at a time. */
  constructor(clients: readonly LoadClient[], burst: number, nowMs: number) {
    this.#clients = clients;
    this.#burst = burst;
    this.#pacer = new Pacer(0, nowMs);
  }

  /** Goes on at this rate from now; what was due before is given up. */
  restart(ratePerSecond: number, nowMs: number): void {
    this.#pacer.restart(ratePerSecond, nowMs);
  }

  /** Deals out what has become due. What nobody has room for waits, and its wait is counted. */
  tick(nowMs: number): void {
    let due = this.#pacer.look(nowMs);
    while (due > 0) {
      const count = this.#sendToNext(Math.min(due, this.#burst));
      if (count === 0) return;
      due -= count;
    }
  }

  /** @returns how many operations the next client with room took; 0 when none has any. */
  #sendToNext(wanted: number): number {
    for (let tried = 0; tried < this.#clients.length; tried++) {
      const client = this.#clients[this.#turn];
      this.#turn = (this.#turn + 1) % this.#clients.length;
      const count = Math.min(wanted, client?.room ?? 0);
      if (count === 0) continue;
      client?.send(count, () => this.#pacer.take());
      return count;
    }
    return 0;
  }
}
