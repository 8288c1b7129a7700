import type { Gate } from '../gate/gate.js';
import type { LargeRequest } from './large-request.js';

/**
 * How long a switch waits for the rest of large requests that are coming in when the gate closes. Everybody's writes wait
 * as long: it is time for 2 MB over 1 Gbit/s.
 */
const REST_MS = 20;

/**
 * Large requests of which a server has a part, and their clients the rest.
 *
 * 1. When a switch closes the gate, those that get on have {@link REST_MS} to come whole; then they run on the old master.
 * 2. Nothing more of the others is sent on, so they can not run.
 * 3. The master moves: their clients are told that they did not run ({@link LargeRequest.cut}). Or it does not move: they go on.
 */
export class HalfSent {
  readonly #gate: Gate;
  readonly #done: () => void;
  readonly #requests = new Set<LargeRequest>();
  readonly #awaited = new Set<LargeRequest>();

  /** @param done called when none is awaited any more. */
  constructor(gate: Gate, done: () => void) {
    this.#gate = gate;
    this.#done = done;
  }

  /** A drain waits for the rest of one. */
  get awaited(): boolean {
    return this.#awaited.size > 0;
  }

  add(request: LargeRequest): void {
    this.#requests.add(request);
  }

  /** All of it has been sent, or nothing will be. */
  delete(request: LargeRequest): void {
    this.#requests.delete(request);
    if (this.#awaited.delete(request) && !this.awaited) this.#done();
  }

  /** Step 1; called when the gate has been closed. */
  await(): void {
    this.#awaited.clear();
    for (const request of this.#requests) if (request.isMoving(REST_MS)) this.#awaited.add(request);
    if (!this.awaited) return;
    const late = new Set(this.#awaited);
    setTimeout(() => {
      for (const request of late) this.#awaited.delete(request);
      if (!this.awaited) this.#done();
    }, REST_MS).unref();
  }

  /** Whether more of that one may be sent. While no master is known, the connection may lead to one that is none. */
  mayGoOn(request: LargeRequest): boolean {
    if (this.#gate.isHeldBy('no-master')) return false;
    return !this.#gate.isHeldBy('switchover') || this.#awaited.has(request);
  }
}
