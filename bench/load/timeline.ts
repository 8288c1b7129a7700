const GROW_BUCKETS = 65_536;

/** The acknowledgements of a stretch of time, one number per millisecond. */
export interface TimelineWindow {
  readonly fromMs: number;
  /** Longest time that a write acknowledged in the window had waited, counted from when it should have left. */
  readonly maxWaitMs: number;
  /** Longest silence: time between two acknowledgements, whosever they were, the second of which lies in the window. */
  readonly maxGapMs: number;
  readonly acknowledgements: readonly number[];
  /** Longest wait of the writes acknowledged in each millisecond. */
  readonly waitsMs: readonly number[];
}

/** When writes were acknowledged and how long they had waited, in buckets of one millisecond. */
export class Timeline {
  readonly #startMs: number;
  #acknowledgements = new Uint16Array(GROW_BUCKETS);
  #waits = new Float32Array(GROW_BUCKETS);
  #gaps = new Float32Array(GROW_BUCKETS);
  #lastMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#lastMs = startMs;
  }

  acknowledged(nowMs: number, waitMs: number): void {
    const bucket = Math.floor(nowMs - this.#startMs);
    while (bucket >= this.#acknowledgements.length) this.#grow();
    this.#acknowledgements[bucket] = (this.#acknowledgements[bucket] ?? 0) + 1;
    if (waitMs > (this.#waits[bucket] ?? 0)) this.#waits[bucket] = waitMs;
    const gap = nowMs - this.#lastMs;
    if (gap > (this.#gaps[bucket] ?? 0)) this.#gaps[bucket] = gap;
    this.#lastMs = nowMs;
  }

  /** What lies between two moments; ends outside what was recorded are cut off. */
  window(fromMs: number, toMs: number): TimelineWindow {
    const from = Math.max(0, Math.floor(fromMs - this.#startMs));
    const to = Math.max(from, Math.ceil(toMs - this.#startMs));
    const waits = Array.from(this.#waits.subarray(from, to));
    return {
      fromMs: this.#startMs + from,
      maxWaitMs: Math.max(0, ...waits),
      maxGapMs: Math.max(0, ...this.#gaps.subarray(from, to)),
      acknowledgements: Array.from(this.#acknowledgements.subarray(from, to)),
      waitsMs: waits.map((wait) => Math.round(wait * 1000) / 1000),
    };
  }

  #grow(): void {
    const length = this.#acknowledgements.length * 2;
    this.#acknowledgements = grown(this.#acknowledgements, new Uint16Array(length));
    this.#waits = grown(this.#waits, new Float32Array(length));
    this.#gaps = grown(this.#gaps, new Float32Array(length));
  }
}

function grown<T extends Uint16Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
