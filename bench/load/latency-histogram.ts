/** Each bucket is 2 % wider than the one before: fine enough to print, small enough to keep for ever. */
const GROWTH = Math.log(1.02);
const SMALLEST_MS = 0.001;
const BUCKETS = 900;

/** Latencies of a whole run in constant memory. Quantiles are right to 2 %; the maximum is exact. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #max = 0;

  record(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / SMALLEST_MS) / GROWTH));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total += 1;
    if (ms > this.#max) this.#max = ms;
  }

  get max(): number {
    return this.#max;
  }

  /** @returns ms; 0 when nothing was recorded. */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(this.#total * q));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen < rank) continue;
      // The last bucket holds all that is longer than it could tell.
      return bucket === BUCKETS - 1 ? this.#max : Math.min(this.#max, SMALLEST_MS * Math.exp(bucket * GROWTH));
    }
    return this.#max;
  }
}
