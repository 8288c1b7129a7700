import type { FailoverView, NodeView } from '../admin/ports.js';
import type { NodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import type { Clock, SwitchoverControl, SwitchoverReport } from '../switchover/ports.js';
import type { LostMaster } from '../switchover/run.js';

/** What the watch knows the nodes from; {@link MasterWatch} is one. */
export interface MasterSeen {
  /** The master that is served; null: none. */
  master(): NodeId | null;
  lastMaster(): Omit<LostMaster, 'force'> | null;
  nodes(): readonly NodeView[];
}

export interface FailoverWatchOptions {
  readonly switchover: Pick<SwitchoverControl, 'switchover' | 'status'>;
  readonly seen: MasterSeen;
  readonly clock: Clock;
  readonly log: Logger;
  /** `down_after_ms`. */
  readonly downAfterMs: number;
  /** How late a look of our own may be before what was heard meanwhile counts for nothing, ms. */
  readonly lateMs: number;
}

/** Between two looks, ms: short against any `down_after_ms`, and a look costs next to nothing. */
const LOOK_MS = 100;
/** Promotions that came to nothing in one outage; then a person has to look. Each may have left a master behind. */
const PROMOTIONS_MAX = 5;
/** The longest pause between two attempts that were refused while nothing changed, ms. */
const REST_MAX_MS = 300_000;

/**
 * Begins a failover when the master is dead (`auto_failover`).
 *
 * 1. The monitor asks all nodes again and again, on connections that carry nothing else. It notes since when the master
 *    has been silent; any word of it, errors too, ends the silence.
 * 2. While this process itself stood still nobody could have heard anything: the silence begins anew.
 * 3. Silent for `down_after_ms`, with a replica that answers: the switch is asked for an unplanned failover, which looks
 *    once more for signs of life.
 *    A shard in which all answer, and nobody is a master for as long, gets one too.
 * 4. What was refused is tried again when the picture has changed, else ever more rarely. A candidate that died over its
 *    promotion is followed by the next one, a bounded number of times.
 */
export class FailoverWatch implements FailoverView {
  readonly #options: FailoverWatchOptions;
  #cancel: () => void = () => undefined;
  #dueAt = 0;
  /** Since when looks have been on time. */
  #onTimeSince = 0;
  /** Since when the last master has answered as a replica, with no other master there; null: it does not. */
  #deposedSince: number | null = null;
  #isRunning = false;
  /** Promotions of this outage that came to nothing. */
  #failed = 0;
  #refused = 0;
  #restUntil = 0;
  #pictureRefused = '';
  #last: SwitchoverReport | null = null;

  constructor(options: FailoverWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#onTimeSince = this.#options.clock.now();
    this.#schedule();
  }

  stop(): void {
    this.#cancel();
  }

  /** Why the shard has no master although one was to be promoted; empty: nothing stands against it. */
  problem(): string {
    return this.#last === null || this.#options.seen.master() !== null
      ? ''
      : `${this.#last.outcome} ${this.#last.reason}: ${this.#last.sentence}`;
  }

  #schedule(): void {
    const { clock } = this.#options;
    this.#dueAt = clock.now() + LOOK_MS;
    this.#cancel = clock.schedule(LOOK_MS, () => {
      const now = clock.now();
      if (now - this.#dueAt > this.#options.lateMs) this.#onTimeSince = now;
      this.#look(now);
      this.#schedule();
    });
  }

  #look(now: number): void {
    if (this.#isRunning) return;
    const { seen, switchover, downAfterMs } = this.#options;
    if (seen.master() !== null) {
      this.#forgetOutage();
      return;
    }
    const { state } = switchover.status();
    // Of a failover that did not come to an end the candidate is silent, and nobody else is watched.
    const isStuck = state === 'unresolved' && this.#last?.outcome === 'unresolved';
    const isDeposed = this.#isDeposed(now, state);
    if (!isStuck && !isDeposed && !this.#isDead(now, downAfterMs)) return;
    if (this.#failed >= PROMOTIONS_MAX || (now < this.#restUntil && this.#picture() === this.#pictureRefused)) return;
    if (!isStuck && !seen.nodes().some(({ up, role }) => up && role === 'replica')) return;
    this.#isRunning = true;
    void switchover.switchover({ unplanned: true, deposed: isDeposed }).then((report) => this.#ended(report));
  }

  /** Silent for long enough, as far as this process was awake to hear. */
  #isDead(now: number, downAfterMs: number): boolean {
    const silentSince = this.#options.seen.lastMaster()?.silentSince ?? null;
    return silentSince !== null && now - Math.max(silentSince, this.#onTimeSince) >= downAfterMs;
  }

  /** As {@link #isDead}, of a shard in which nobody is dead: somebody has made replicas of all. */
  #isDeposed(now: number, state: string): boolean {
    const { seen, downAfterMs } = this.#options;
    const last = seen.lastMaster()?.node;
    const nodes = seen.nodes().filter(({ up }) => up);
    const isSo =
      (state === 'serving' || state === 'settling') &&
      nodes.some(({ node, role }) => node === last && role === 'replica') &&
      !nodes.some(({ role }) => role === 'master');
    this.#deposedSince = isSo ? (this.#deposedSince ?? now) : null;
    return this.#deposedSince !== null && now - Math.max(this.#deposedSince, this.#onTimeSince) >= downAfterMs;
  }

  #ended(report: SwitchoverReport): void {
    this.#isRunning = false;
    const { clock, downAfterMs, log } = this.#options;
    if (report.outcome === 'switched') {
      this.#forgetOutage();
      return;
    }
    this.#last = report;
    const isRefused = report.outcome === 'refused';
    if (isRefused) this.#refused += 1;
    else this.#failed += 1;
    const doublings = Math.min(20, Math.max(0, this.#refused - 1));
    this.#restUntil = clock.now() + (isRefused ? Math.min(REST_MAX_MS, downAfterMs * 2 ** doublings) : 0);
    this.#pictureRefused = isRefused ? this.#picture() : '';
    if (this.#failed < PROMOTIONS_MAX) return;
    log.error({ failed: this.#failed }, 'the failovers came to nothing; a person has to promote a node');
  }

  #forgetOutage(): void {
    this.#deposedSince = null;
    this.#failed = 0;
    this.#refused = 0;
    this.#restUntil = 0;
    this.#last = null;
  }

  #picture(): string {
    return this.#options.seen
      .nodes()
      .map(({ node, up, role, priority, problem }) => [node, up, role, priority, problem].join(' '))
      .join('\n');
  }
}
