import type { TickNode } from '../../../../src/control/kvrocks-tick/find-tick.js';
import type { RoleFacts } from '../../../../src/switchover/ports.js';
import { FakeClock } from '../../switchover/fake-clock.js';

/** A master and a replica as a real Kvrocks was measured, in time that a test can see: each question costs `tripMs`. */
export class VirtualPair {
  readonly clock = new FakeClock();
  tripMs = 0.3;
  /** From the break of the link to the first tick of the new timer, ms. */
  breakToTickMs = 1000.5;
  /** How long the link takes to break, ms. */
  breaksAfterMs = 40;
  /** The link does not break, however often it is ended. */
  holdsFast = false;
  /** How long after the break the replica has caught up again, ms. */
  catchesUpAfterMs = 1030;
  offset = 500;
  drops = 0;
  promotions = 0;
  #brokeAt = -Infinity;
  /** Slow moments: at which question, and how long it takes, ms. */
  readonly slow = new Map<number, number>();
  #questions = 0;

  readonly master: TickNode = {
    id: 'm:1',
    role: () => this.#answer(() => ({ role: 'master' as const, offset: this.offset })),
    masterOffset: () => this.#answer(() => this.offset),
    dropReplica: () =>
      this.#answer(() => {
        this.drops += 1;
        if (!this.holdsFast) this.#brokeAt = this.clock.now() + this.breaksAfterMs;
      }),
  };

  readonly replica: TickNode = {
    id: 'r:1',
    masterOffset: () => Promise.reject(new Error('it is a replica')),
    dropReplica: () => Promise.reject(new Error('it is a replica')),
    role: () => this.#answer(() => this.#replicaFacts()),
  };

  /** `SLAVEOF NO ONE`: settles at the next tick. */
  async promote(): Promise<void> {
    this.promotions += 1;
    await this.#answer(() => undefined);
    const firstTick = this.#brokeAt + this.breakToTickMs;
    const ticks = Math.max(0, Math.ceil((this.clock.now() - firstTick) / 100));
    await new Promise<void>((resolve) => {
      this.clock.schedule(firstTick + ticks * 100 - this.clock.now(), resolve);
    });
  }

  /** Runs timers until `done` has settled. */
  async run<T>(done: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    void done.then(over, over);
    for (;;) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      if (isOver || !this.clock.next()) return done;
    }
  }

  #replicaFacts(): RoleFacts {
    const since = this.clock.now() - this.#brokeAt;
    const isBroken = since >= 0 && since < 1000;
    const isBehind = since >= 0 && since < this.catchesUpAfterMs;
    const offset = isBehind ? this.offset - 100 : this.offset;
    return { role: 'replica', offset, follows: { node: 'm:1', linkUp: !isBroken, syncing: false } };
  }

  #answer<T>(what: () => T): Promise<T> {
    this.#questions += 1;
    const tripMs = this.slow.get(this.#questions) ?? this.tripMs;
    return new Promise((resolve) => {
      this.clock.schedule(tripMs / 2, () => {
        const answer = what();
        this.clock.schedule(tripMs / 2, () => resolve(answer));
      });
    });
  }
}
