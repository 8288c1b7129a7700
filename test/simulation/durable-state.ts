import type { StateStore, SwitchState } from '../../src/switchover/ports.js';

/** Longest time of a write with its fsync, ms. */
const LONGEST_WRITE_MS = 3;
const FULL = 'ENOSPC: no space left on device';

/** The state directory, which outlives the processes: what was written last, whole. */
export class DurableState {
  #content = '';
  /** The disk is full. */
  full = false;

  /** For one process, which may die before, or after, a write has become durable. */
  open(): StateStore {
    return {
      read: () => (this.#content === '' ? null : (JSON.parse(this.#content) as SwitchState)),
      probe: () => (this.full ? Promise.reject(new Error(FULL)) : Promise.resolve()),
      write: async (state) => {
        await new Promise<void>((resolve) => setTimeout(resolve, Math.random() * LONGEST_WRITE_MS));
        if (this.full) throw new Error(FULL);
        this.#content = JSON.stringify(state);
      },
    };
  }
}
