/** Who may hold the gate; each for a reason of its own, and each opens only what it closed. */
export type GateHolder = 'switchover' | 'hand' | 'client-pause' | 'client-pause-asked' | 'no-master' | 'doubt';

/** What is held: writes (as `CLIENT PAUSE … WRITE` would hold), or every command. */
export type HoldMode = 'writes' | 'all';

/** A client whose next command is held. */
export interface Held {
  /** The gate may be open: look again, and come back if it is not. */
  onGateChange(): void;
}

/** Clients that resume before the first of their commands leave; about a tenth of a millisecond. */
const BATCH = 32;

/**
 * Holds commands while the master moves. Closed while it has at least one holder; the clients it holds resume in the
 * order in which they were held.
 *
 * Each `close` is followed by exactly one `open` of the same holder (promise 6); anything else is a defect and throws.
 */
export class Gate {
  /** Read by the hot path for each command. */
  holdsWrites = false;
  holdsAll = false;
  /** Called when the holders have changed. */
  onChange: () => void = () => undefined;

  readonly #holders = new Map<GateHolder, HoldMode>();
  /** In order of arrival: a Set keeps it, and a client that goes away leaves in O(1). */
  readonly #held = new Set<Held>();

  readonly #onBatch: () => void;

  /** @param onBatch called when a number of clients have resumed: what they sent may leave before the others are looked at. */
  constructor(onBatch: () => void = () => undefined) {
    this.#onBatch = onBatch;
  }

  get heldCount(): number {
    return this.#held.size;
  }

  holders(): readonly GateHolder[] {
    return [...this.#holders.keys()];
  }

  isHeldBy(holder: GateHolder): boolean {
    return this.#holders.has(holder);
  }

  close(holder: GateHolder, mode: HoldMode): void {
    if (this.#holders.has(holder)) throw new Error(`the gate is closed by ${holder} already`);
    this.#holders.set(holder, mode);
    this.#derive();
  }

  /** A holder that holds writes holds everything from now on; in between, nobody is let through. */
  tighten(holder: GateHolder): void {
    if (!this.#holders.has(holder)) throw new Error(`the gate is not closed by ${holder}`);
    this.#holders.set(holder, 'all');
    this.#derive();
  }

  open(holder: GateHolder): void {
    if (!this.#holders.delete(holder)) throw new Error(`the gate is not closed by ${holder}`);
    this.#derive();
    this.wake();
  }

  hold(client: Held): void {
    this.#held.add(client);
  }

  forget(client: Held): void {
    this.#held.delete(client);
  }

  /**
   * Lets every held client look again, first come first served; those that are still held line up in the same order.
   *
   * @throws what the first of them threw, after all the others have looked.
   */
  wake(): void {
    const waiting = [...this.#held];
    this.#held.clear();
    const failures: unknown[] = [];
    for (let at = 0; at < waiting.length; at++) {
      try {
        waiting[at]?.onGateChange();
        if (at % BATCH === BATCH - 1) this.#onBatch();
      } catch (error) {
        // One client's defect must not leave the others waiting for ever.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #derive(): void {
    const modes = [...this.#holders.values()];
    this.holdsWrites = modes.length > 0;
    this.holdsAll = modes.includes('all');
    this.onChange();
  }
}
