import type { NodeId } from '../config/node-address.js';
import type { Gate } from './gate/gate.js';

/** What doubts are about, and who clears them up. */
export interface Doubtful {
  readonly gate: Gate;
  readonly master: NodeId | null;
  readonly options: { readonly outageHoldMs: number; readonly now: () => number };
  /** Asks all nodes for their roles. Settles when the answers have been weighed; another master is served by then. */
  lookAtRoles(): Promise<void>;
}

/** When a doubt was in vain, the next one lasts a little longer: 2 ms, 4 ms … up to this. */
const LONGEST_PAUSE_MS = 100;
/** After this long, an old doubt says nothing of a new one. */
const FORGET_MS = 1000;

/**
 * The node that is served has said that it is not the master, or not ready. Until all nodes have been asked, nothing is sent
 * to it: somebody else has moved the master, most probably, and it takes a millisecond to learn where to.
 *
 * 1. {@link begin}: the gate is closed for all commands, and the nodes are asked.
 * 2. Another one is the master, and is served; or none, and then commands wait as in any outage; or the same one is: whoever
 *    was refused may try once more, after a pause that grows.
 * 3. The gate opens.
 */
export class Doubt {
  readonly #shard: Doubtful;
  /** Who waits for the end; null: there is no doubt. */
  #waiting: (() => void)[] | null = null;
  #inVain = 0;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(shard: Doubtful) {
    this.#shard = shard;
  }

  /** The last one was in vain, and not long ago. */
  get isStale(): boolean {
    return this.#waiting === null && this.#inVain > 0 && this.#shard.options.now() - this.#endedAt < FORGET_MS;
  }

  begin(): void {
    if (this.#waiting !== null) return;
    this.#waiting = [];
    this.#shard.gate.close('doubt', 'all');
    void this.#clearUp();
  }

  /** Calls `then` when there is no doubt any more: at once if there is none. */
  whenSettled(then: () => void): void {
    if (this.#waiting === null) then();
    else this.#waiting.push(then);
  }

  async #clearUp(): Promise<void> {
    const { master, options } = this.#shard;
    if (options.now() - this.#endedAt > FORGET_MS) this.#inVain = 0;
    await Promise.race([this.#shard.lookAtRoles().catch(() => undefined), after(options.outageHoldMs)]);
    if (this.#shard.master === master) {
      const pauseMs = this.#inVain === 0 ? 0 : Math.min(2 ** this.#inVain, LONGEST_PAUSE_MS);
      this.#inVain++;
      if (pauseMs > 0) await after(pauseMs);
    } else {
      this.#inVain = 0;
    }
    this.#end();
  }

  /** Those who were refused come first. */
  #end(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    this.#endedAt = this.#shard.options.now();
    for (const then of waiting) then();
    this.#shard.gate.open('doubt');
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
