import { median } from '../../switchover/median.js';
import type { Clock } from '../../switchover/ports.js';
import type { Arrangement, Beat } from '../../switchover/strategy.js';
import { findTick, TICK_PERIOD_MS, type TickNode } from './find-tick.js';

/** A tick that is known less exactly is as good as none, ms. */
const TRUSTED_WITHIN_MS = 4;
/** So long before a tick the promotion is to be there, ms: ticks are where they are expected within 3 ms, nearly always. */
const LEAD_MS = 3;
/** A moment of business here or there spoils a reading; the second one mostly succeeds. */
const ATTEMPTS = 2;
/** Remembered errors: few, so that a change is soon in them. */
const REMEMBERED = 9;

/** The mean wait for a tick whose phase is not known, ms. */
export const UNALIGNED_PROMOTION_MS = TICK_PERIOD_MS / 2;
/** The wait for one that is, ms. */
export const ALIGNED_PROMOTION_MS = LEAD_MS;
/** Two links re-made, and caught up, ms. */
export const ALIGN_TIMEOUT_MS = 5000;

/**
 * Promotes Kvrocks replicas just before a tick of their replication thread, and learns from each promotion how far off the
 * expected tick was.
 */
export class AlignedPromotion {
  readonly #clock: Clock;
  /** By how much ticks came later than the break of the link alone would say. */
  readonly #errorsMs: number[] = [];
  #aim: { readonly beat: Beat; readonly correctionMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Learns the candidate's ticks. A phase that is not trusted is no error: the promotion then waits for a tick.
   *
   * @throws {NodeError} when a node fails, or the candidate's link does not come up again within `timeoutMs`.
   */
  async arrange(from: TickNode, to: TickNode, timeoutMs: number): Promise<Arrangement> {
    const until = this.#clock.now() + timeoutMs;
    this.#aim = null;
    let why = 'its link was not seen to break';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const tick = await findTick(from, to, this.#clock, until - this.#clock.now());
      if (tick !== null && tick.withinMs <= TRUSTED_WITHIN_MS) {
        const correctionMs = this.#errorsMs.length === 0 ? 0 : median(this.#errorsMs);
        const beat = { atMs: tick.atMs + correctionMs, periodMs: TICK_PERIOD_MS, leadMs: LEAD_MS };
        this.#aim = { beat, correctionMs };
        return { beat, promotionMs: ALIGNED_PROMOTION_MS, note: '' };
      }
      if (tick !== null) why = `it is known within ${tick.withinMs.toFixed(1)} ms only`;
    }
    const note = `the tick of ${to.id} is not trusted (${why}): its promotion waits for it, up to ${TICK_PERIOD_MS} ms`;
    return { beat: null, promotionMs: UNALIGNED_PROMOTION_MS, note };
  }

  /** Runs the promotion, and measures the tick from its answer. */
  async promote<T>(run: () => Promise<T>): Promise<T> {
    const aim = this.#aim;
    this.#aim = null;
    const sentAt = this.#clock.now();
    const result = await run();
    if (aim !== null) this.#learn(aim.beat, aim.correctionMs, sentAt, this.#clock.now());
    return result;
  }

  /** The answer comes at the tick, which is the expected one or, when that was missed, the one behind it. */
  #learn({ atMs, periodMs }: Beat, correctionMs: number, sentAt: number, answeredAt: number): void {
    const offMs = (answeredAt - atMs) % periodMs;
    const errorMs = offMs > periodMs / 2 ? offMs - periodMs : offMs < -periodMs / 2 ? offMs + periodMs : offMs;
    // An answer that was there at once says nothing of a tick: the node was no replica any more.
    if (answeredAt - sentAt < 0.1) return;
    this.#errorsMs.push(correctionMs + errorMs);
    if (this.#errorsMs.length > REMEMBERED) this.#errorsMs.shift();
  }
}
