import type { Clock } from '../switchover/ports.js';
import { systemClock } from './system-clock.js';

/** Long enough for other processes to get the processor, short enough that ten nodes are asked in no time, ms. */
const REST_MS = 2;

/**
 * Deals out turns of the event loop, one to each who asks, in the order of asking, with a rest between two of them. What Holdfast
 * does beside the traffic is done in such turns: ten nodes asked at once would be a stretch of milliseconds in which no
 * client is served, and in which a server on the same machine does not get the processor either.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  /** A turn is to be dealt out, or the rest behind one is not over. */
  #isBusy = false;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Settles in a turn that is nobody else's; what clients have sent meanwhile was served before. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#isBusy) return;
      this.#isBusy = true;
      setImmediate(this.#deal);
    });
  }

  readonly #deal = (): void => {
    const take = this.#waiting.shift();
    this.#isBusy = take !== undefined;
    if (take === undefined) return;
    take();
    this.#clock.schedule(REST_MS, this.#deal);
  };
}
