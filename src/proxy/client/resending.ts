import type { Upstream } from '../upstream/upstream.js';
import type { Client } from './client.js';

/** With the pauses of `Doubt`, so many attempts take more than a second. */
const MAX_ATTEMPTS = 20;
/** A connection that breaks again and again under the same request: maybe because of it. */
const MAX_LOSSES = 3;

/** A request that was taken back from a connection and sent again: how often, and since when. */
export class Resending {
  readonly #client: Client;
  readonly #since: number;
  #attempts = 0;
  #losses = 0;
  /** Where it was sent to last. */
  #over: { readonly upstream: WeakRef<Upstream>; readonly number: number } | null = null;

  private constructor(client: Client) {
    this.#client = client;
    this.#since = client.shard.options.now();
  }

  /** The client's request with this number on `upstream` is about to be sent again. */
  static of(client: Client, upstream: Upstream, number: number): Resending {
    const { resending } = client;
    if (resending === null) return new Resending(client);
    const over = resending.#over;
    return over?.upstream.deref() === upstream && over.number === number ? resending : new Resending(client);
  }

  /** Counts one more attempt. @returns false when there have been enough: then the client is told. */
  mayGoOn(isLost: boolean): boolean {
    const { now, outageHoldMs } = this.#client.shard.options;
    this.#over = null;
    this.#attempts++;
    if (isLost) this.#losses++;
    const isInTime = now() - this.#since <= outageHoldMs;
    return isInTime && this.#attempts <= MAX_ATTEMPTS && this.#losses <= MAX_LOSSES;
  }

  /** The client has just sent something, and it is this. */
  sentOver(upstream: Upstream | null): void {
    if (this.#over === null && upstream !== null)
      this.#over = { upstream: new WeakRef(upstream), number: upstream.sent - 1 };
  }
}
