const GROW_BUCKETS = 65_536;

/** A stretch of time as seen until now. What has not been acknowledged yet is no part of it, so ask late. */
export interface TimelineWindow {
  readonly fromMs: number;
  /**
   * Longest wait of a write of which a part lies in the window, counted from when it should have left: one that began before
   * or was acknowledged afterwards is in it with all its length. So of windows side by side none misses a wait.
   */
  readonly maxWaitMs: number;
  /** Longest silence between two acknowledgements, whosever they were, of which a part lies in the window. */
  readonly maxGapMs: number;
  /** One number per millisecond. */
  readonly acknowledgements: readonly number[];
  /** Longest wait of the writes acknowledged in each millisecond. */
  readonly waitsMs: readonly number[];
}

/** When writes were acknowledged and how long they had waited, in buckets of one millisecond. */
export class Timeline {
  readonly #startMs: number;
  #acknowledgements = new Uint16Array(GROW_BUCKETS);
  /** The longest waits by when they ended, … */
  #waits = new Float32Array(GROW_BUCKETS);
  /** … and by when they began; so too the silences. */
  #waitsBegun = new Float32Array(GROW_BUCKETS);
  #gapsBegun = new Float32Array(GROW_BUCKETS);
  /** The longest of all waits and silences: nothing that began longer ago than that reaches into a window. */
  #longestMs = 0;
  #lastMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#lastMs = startMs;
  }

  acknowledged(nowMs: number, waitMs: number): void {
    const bucket = Math.floor(nowMs - this.#startMs);
    while (bucket >= this.#acknowledgements.length) this.#grow();
    this.#acknowledgements[bucket] = (this.#acknowledgements[bucket] ?? 0) + 1;
    raise(this.#waits, bucket, waitMs);
    raise(this.#waitsBegun, Math.max(0, Math.floor(nowMs - waitMs - this.#startMs)), waitMs);
    const gapMs = nowMs - this.#lastMs;
    raise(this.#gapsBegun, Math.floor(this.#lastMs - this.#startMs), gapMs);
    if (waitMs > this.#longestMs) this.#longestMs = waitMs;
    if (gapMs > this.#longestMs) this.#longestMs = gapMs;
    this.#lastMs = nowMs;
  }

  /** What lies between two moments, to a millisecond; ends outside what was recorded are cut off. */
  window(fromMs: number, toMs: number): TimelineWindow {
    const from = Math.max(0, Math.floor(fromMs - this.#startMs));
    const to = Math.max(from, Math.ceil(toMs - this.#startMs));
    return {
      fromMs: this.#startMs + from,
      maxWaitMs: this.#longest(this.#waitsBegun, fromMs, to),
      maxGapMs: this.#longest(this.#gapsBegun, fromMs, to),
      acknowledgements: Array.from(this.#acknowledgements.subarray(from, to)),
      waitsMs: Array.from(this.#waits.subarray(from, to), (wait) => Math.round(wait * 1000) / 1000),
    };
  }

  /** @returns the longest of what began before bucket `to` and ended after `fromMs`. */
  #longest(begun: Float32Array, fromMs: number, to: number): number {
    const since = fromMs - this.#startMs;
    let longest = 0;
    for (let at = Math.max(0, Math.floor(since - this.#longestMs)); at < Math.min(to, begun.length); at++) {
      const lasted = begun[at] ?? 0;
      if (lasted > longest && at + lasted > since) longest = lasted;
    }
    return longest;
  }

  #grow(): void {
    const length = this.#acknowledgements.length * 2;
    this.#acknowledgements = grown(this.#acknowledgements, new Uint16Array(length));
    this.#waits = grown(this.#waits, new Float32Array(length));
    this.#waitsBegun = grown(this.#waitsBegun, new Float32Array(length));
    this.#gapsBegun = grown(this.#gapsBegun, new Float32Array(length));
  }
}

function raise(highest: Float32Array, at: number, value: number): void {
  if (value > (highest[at] ?? 0)) highest[at] = value;
}

function grown<T extends Uint16Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
