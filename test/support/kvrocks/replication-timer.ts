/** How often the replication thread of Kvrocks looks whether it should stop, ms. */
const PERIOD_MS = 100;

/**
 * The timer that a promotion of Kvrocks waits for. It starts when the thread connects to the master, and anew when it connects again.
 * (Measured on a real one: ticks are at the moment of the connection + n × 100 ms, within 3 ms.)
 */
export class ReplicationTimer {
  #startedAt = performance.now();

  restart(): void {
    this.#startedAt = performance.now();
  }

  /** Time until the next tick, ms. */
  get untilTickMs(): number {
    const since = performance.now() - this.#startedAt;
    return PERIOD_MS - (since % PERIOD_MS);
  }
}
