import { LatencyHistogram } from './latency-histogram.js';
import { Timeline } from './timeline.js';

/** At most so many different error texts are told apart; the load makes a handful. */
const MAX_ERROR_TEXTS = 100;

/** What all connections of a load have seen together. */
export class Ledger {
  readonly waits = new LatencyHistogram();
  readonly timeline: Timeline;
  /** The reads of the clients that only read. */
  readonly reads: Timeline;
  acknowledgedWrites = 0;
  /** Those that the rate is about: what clients write that only read from then on is not counted. */
  acknowledgedSets = 0;
  acknowledgedReads = 0;
  unknown = 0;
  /** Connections that broke without the client's doing. */
  disconnects = 0;
  /** Connections that the client itself gave up because the server is no master any more. */
  reconnects = 0;
  readonly #errors = new Map<string, number>();

  constructor(nowMs: number) {
    this.timeline = new Timeline(nowMs);
    this.reads = new Timeline(nowMs);
  }

  /** `waitMs` counts from when the write was due. */
  acknowledgedWrite(nowMs: number, waitMs: number): void {
    this.acknowledgedWrites += 1;
    this.waits.record(waitMs);
    this.timeline.acknowledged(nowMs, waitMs);
  }

  error(text: string): void {
    const known = this.#errors.has(text) || this.#errors.size < MAX_ERROR_TEXTS;
    const key = known ? text : '(other errors)';
    this.#errors.set(key, (this.#errors.get(key) ?? 0) + 1);
  }

  get errors(): number {
    return [...this.#errors.values()].reduce((sum, count) => sum + count, 0);
  }

  errorTexts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#errors);
  }
}
