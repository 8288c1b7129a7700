export interface RestartTimes {
  readonly minMs: number;
  readonly maxMs: number;
  /** Who has lived longer did not end for a reason that comes again at once, ms. */
  readonly longLifeMs: number;
}

const RESTART_TIMES: RestartTimes = { minMs: 50, maxMs: 5000, longLifeMs: 10_000 };

/** How long to wait before a worker is started anew: one that ends at once is not started in a loop. */
export class RestartDelay {
  readonly #times: RestartTimes;
  #nextMs: number;

  constructor(times: RestartTimes = RESTART_TIMES) {
    this.#times = times;
    this.#nextMs = times.minMs;
  }

  /** A worker has ended that lived for `livedMs`. @returns how long to wait, ms: each time twice as long, up to a limit. */
  afterLife(livedMs: number): number {
    const { minMs, maxMs, longLifeMs } = this.#times;
    const waitMs = livedMs > longLifeMs ? minMs : this.#nextMs;
    this.#nextMs = Math.min(maxMs, waitMs * 2);
    return waitMs;
  }
}
