import type { NodeId } from '../../config/node-address.js';
import type { Logger } from '../../log/logger.js';
import type { Clock } from '../../switchover/ports.js';
import type { Naming, TopologySource } from '../topology-source.js';
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

/** One Sentinel, and what is known from it. */
interface Witness {
  readonly link: SentinelLink;
  /** What it said last. */
  view: SentinelView | null;
  /** Why it did not answer last time, else empty. Nobody waits for it then. */
  problem: string;
  asking: Promise<void> | null;
}

/**
 * Whom the Sentinels name. All are asked in each round of the monitor, over connections of their own; their announcements
 * make it look at once. One that answers is enough.
 */
export class SentinelWatch implements TopologySource {
  readonly owner = 'Sentinel';
  readonly #nodes: readonly NodeId[];
  readonly #witnesses: readonly Witness[];
  readonly #ears: readonly SentinelEar[];
  #onNews: () => void = () => undefined;
  #own: OwnPromotion | null = null;

  constructor(options: SentinelWatchOptions) {
    const { sentinels, masterName, credentials, nodes, clock, log, timeoutMs } = options;
    this.#nodes = nodes;
    this.#witnesses = sentinels.map((sentinel) => ({
      link: new SentinelLink(sentinel, options),
      view: null,
      problem: '',
      asking: null,
    }));
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
    for (const { link } of this.#witnesses) link.close();
  }

  async ask(timeoutMs: number): Promise<void> {
    const answers = this.#witnesses.map((witness) => {
      const isSilent = witness.problem !== '';
      // One question at a time: those to a Sentinel that hangs must not pile up.
      witness.asking ??= this.#askOne(witness, timeoutMs).finally(() => {
        witness.asking = null;
      });
      return isSilent ? Promise.resolve() : witness.asking;
    });
    await Promise.all(answers);
    if (this.#own !== null && highestEpoch(this.#views) > this.#own.aboveEpoch) this.#own = null;
  }

  naming(): Naming {
    const views = this.#views;
    const problems = this.#witnesses.flatMap(({ problem }) => (problem === '' ? [] : [problem]));
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
    return this.#witnesses.flatMap(({ view }) => (view === null ? [] : [view]));
  }

  async #askOne(witness: Witness, timeoutMs: number): Promise<void> {
    try {
      witness.view = await witness.link.view(timeoutMs);
      witness.problem = '';
    } catch (error) {
      witness.problem = error instanceof Error ? error.message : String(error);
      // What it knew of the master still holds; a failover of which nothing is heard any more must not hold up everybody.
      if (witness.view !== null) witness.view = { ...witness.view, failingOver: false, undecided: false };
    }
  }
}
