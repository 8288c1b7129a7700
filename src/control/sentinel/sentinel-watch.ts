import type { NodeId } from '../../config/node-address.js';
import type { Logger } from '../../log/logger.js';
import type { Clock } from '../../switchover/ports.js';
import type { Naming, TopologySource } from '../topology-source.js';
import { Witnesses } from '../witnesses.js';
import { highestEpoch, judgeViews, type OwnPromotion } from './judge-views.js';
import { SentinelEar } from './sentinel-ear.js';
import { SentinelLink, type SentinelAccess } from './sentinel-link.js';
import type { SentinelView } from './sentinel-view.js';

export interface SentinelWatchOptions extends SentinelAccess {
  readonly clock: Clock;
  readonly log: Logger;
  /** The patience with one Sentinel. */
  readonly timeoutMs: number;
}

/**
 * Whom the Sentinels name. All are asked in each round of the monitor, over connections of their own; their announcements
 * make it look at once. One that answers is enough.
 */
export class SentinelWatch implements TopologySource {
  readonly owner = 'Sentinel';
  readonly #nodes: readonly NodeId[];
  readonly #links: readonly SentinelLink[];
  readonly #witnesses: Witnesses<SentinelLink, SentinelView>;
  readonly #ears: readonly SentinelEar[];
  #onNews: () => void = () => undefined;
  #own: OwnPromotion | null = null;

  constructor(options: SentinelWatchOptions) {
    const { sentinels, masterName, credentials, nodes, clock, log, timeoutMs } = options;
    this.#nodes = nodes;
    this.#links = sentinels.map((sentinel) => new SentinelLink(sentinel, options));
    this.#witnesses = new Witnesses(this.#links, {
      ask: (link, patienceMs) => link.view(patienceMs),
      // What it knew of the master still holds; a failover of which nothing is heard any more must not hold up everybody.
      stale: (view) => ({ ...view, failingOver: false, undecided: false }),
    });
    const onNews = (): void => this.#onNews();
    this.#ears = sentinels.map(
      (sentinel) => new SentinelEar({ sentinel, masterName, credentials, clock, log, timeoutMs, onNews }),
    );
  }

  start(onNews: () => void): void {
    this.#onNews = onNews;
    for (const ear of this.#ears) ear.start();
  }

  stop(): void {
    for (const ear of this.#ears) ear.stop();
    for (const link of this.#links) link.close();
  }

  async ask(timeoutMs: number): Promise<void> {
    await this.#witnesses.ask(timeoutMs);
    if (this.#own !== null && highestEpoch(this.#views) > this.#own.aboveEpoch) this.#own = null;
  }

  naming(): Naming {
    const views = this.#views;
    const problems = this.#witnesses.problems();
    if (views.length === 0 && problems.length > 0) {
      return { master: null, problem: `no Sentinel names a master: ${problems.join('; ')}` };
    }
    const naming = judgeViews(views, this.#own);
    if (naming.master === null || this.#nodes.includes(naming.master)) return naming;
    return { master: null, problem: `Sentinel names ${naming.master}, which is none of the configured nodes` };
  }

  /** A switch of our own has moved the master; until the Sentinels know, they name the old one. */
  promoted(own: OwnPromotion): void {
    this.#own = own;
  }

  get #views(): readonly SentinelView[] {
    return this.#witnesses.views().map(({ view }) => view);
  }
}
