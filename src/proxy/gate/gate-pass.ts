import type { Held } from './gate.js';
import type { Shard } from '../shard.js';

/** One client's dealings with the gate: each command that it holds is counted once, and timed until it is let go. */
export class GatePass {
  readonly #shard: Shard;
  readonly #client: Held;
  /** When the command at hand was held, ms; 0 when none is. */
  #since = 0;

  constructor(shard: Shard, client: Held) {
    this.#shard = shard;
    this.#client = client;
  }

  get holding(): boolean {
    return this.#since > 0;
  }

  get heldMs(): number {
    return this.#since === 0 ? 0 : this.#shard.options.now() - this.#since;
  }

  /** @returns false when the command must wait; then the client stands in the gate's line. */
  tryPass(write: boolean): boolean {
    const { gate, stats, options } = this.#shard;
    if (write ? gate.holdsWrites : gate.holdsAll) {
      if (this.#since === 0) {
        this.#since = options.now();
        stats.held.waiting++;
      }
      gate.hold(this.#client);
      return false;
    }
    this.end('released');
    return true;
  }

  /** The command at hand is held no longer. */
  end(result: 'released' | 'failed'): void {
    if (this.#since === 0) return;
    const waited = this.heldMs;
    this.#since = 0;
    this.#shard.stats.heldEnded(waited, result);
  }

  /** The client is gone. */
  leave(): void {
    this.#shard.gate.forget(this.#client);
    this.end('failed');
  }
}
