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
 * So many took less from the closing of the gate to the promotion than a switch is given that has to meet a beat: coming too
 * early costs the difference, coming too late a whole period.
 */
const LEAD_SHARE_BELOW = 0.8;

/**
 * What a hold costs beyond its round trips: turns of event loops here and in the servers, the gate, the clients that are
 * released. It hangs on the machine and its load and not on the network, so it is learned from the holds that were.
 */
export class HoldOverhead {
  readonly #samplesMs: number[] = [];
  readonly #leadsMs: number[] = [];

  /** What to expect of the next hold, ms. */
  get ms(): number {
    return quantile(this.#samplesMs, SHARE_BELOW) ?? FIRST_GUESS_MS;
  }

  /** The time to give the next hold from the closing of the gate to the promotion, ms; null before there was one. */
  get leadMs(): number | null {
    return quantile(this.#leadsMs, LEAD_SHARE_BELOW) ?? null;
  }

  /** To be told of each switchover that is over, before the next is predicted: {@link ms} is what was expected of this one. */
  learn(report: SwitchoverReport): void {
    if (report.outcome !== 'switched') return;
    remember(this.#leadsMs, (report.drainUs + report.fenceUs + report.catchupUs) / 1_000);
    // Such a hold lasts until a moment that was chosen, and shows that choice.
    if (report.timed) return;
    const elseMs = report.predictedStallUs / 1_000 - this.ms;
    remember(this.#samplesMs, Math.max(0, report.stallUs / 1_000 - elseMs));
  }
}

function remember(samples: number[], sample: number): void {
  samples.push(sample);
  if (samples.length > REMEMBERED) samples.shift();
}

function quantile(samples: readonly number[], share: number): number | undefined {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length * share)];
}
