import type { SwitchoverReport } from './ports.js';

/** What a hold on an idle machine costs beyond its round trips, ms: the best guess before there was one. */
const FIRST_GUESS_MS = 0.5;

/** Few, so that a change of the load is soon in it. */
const REMEMBERED = 9;

/**
 * So many of the holds that were cost less than what is expected of the next. A little under the middle: a busy moment makes
 * a hold several times longer, nothing makes it as much shorter, and what counts is the error as a share of the stall.
 */
const SHARE_BELOW = 0.4;

/**
 * What a hold costs beyond its round trips: turns of event loops here and in the servers, the gate, the clients that are
 * released. It hangs on the machine and its load and not on the network, so it is learned from the holds that were.
 */
export class HoldOverhead {
  readonly #samplesMs: number[] = [];

  /** What to expect of the next hold, ms. */
  get ms(): number {
    const sorted = this.#samplesMs.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length * SHARE_BELOW)] ?? FIRST_GUESS_MS;
  }

  /** To be told of each switchover that is over, before the next is predicted: {@link ms} is what was expected of this one. */
  learn(report: SwitchoverReport): void {
    if (report.outcome !== 'switched') return;
    const elseMs = report.predictedStallUs / 1_000 - this.ms;
    this.#samplesMs.push(Math.max(0, report.stallUs / 1_000 - elseMs));
    if (this.#samplesMs.length > REMEMBERED) this.#samplesMs.shift();
  }
}
