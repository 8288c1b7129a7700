import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

/** How often the replication thread of Kvrocks looks whether it should stop, ms. */
const PERIOD_MS = 100;
/** From the moment at which the thread connects until its timer starts, ms. */
const STARTS_BEHIND_CONNECT_MS = 0.5;
/** Timers of Node may be late by this much; the rest is waited for in turns, ms. */
const COARSE_MS = 2;

/**
 * The timer that a promotion of Kvrocks waits for. It starts when the thread connects to the master, and anew when it connects again.
 * (Measured on a real one: ticks are at the moment of the connection + 0.5 ms + n × 100 ms, within 3 ms.)
 */
export class ReplicationTimer {
  readonly #jitterMs: number;
  #startsAt = 0;

  /** @param jitterMs by how much a tick may miss its time, either way. */
  constructor(jitterMs: number) {
    this.#jitterMs = jitterMs;
  }

  /** @param connectAt when the thread connects, monotonic ms; it may be a time to come: until then there are no ticks. */
  restart(connectAt: number): void {
    this.#startsAt = connectAt + STARTS_BEHIND_CONNECT_MS;
  }

  /** The first tick behind `now`; both in monotonic ms. */
  nextAfter(now: number): number {
    const since = now - this.#startsAt;
    const due = since < 0 ? this.#startsAt : this.#startsAt + (Math.floor(since / PERIOD_MS) + 1) * PERIOD_MS;
    return due + (2 * Math.random() - 1) * this.#jitterMs;
  }
}

/** Settles at that moment, monotonic ms: earlier never, later by as little as the machine allows. */
export async function sleepUntil(at: number): Promise<void> {
  const coarseMs = at - performance.now() - COARSE_MS;
  if (coarseMs > 0) await delay(coarseMs);
  while (performance.now() < at) await nextTurn();
}
