import { settlesFirst } from './listening.js';
import type { PrivateLink } from './private-link.js';
import { Twin } from './twin.js';

/** The {@link Twin} of one private link: there is one while a candidate is being prepared and the client listens. */
export class Twins {
  readonly #link: PrivateLink;
  #twin: Twin | null = null;

  constructor(link: PrivateLink) {
    this.#link = link;
  }

  get current(): Twin | null {
    return this.#twin;
  }

  /**
   * Settles when the candidate has confirmed all that the client listens to, at once where there is nothing to do; rejects
   * when it can not be reached.
   */
  async begin(): Promise<void> {
    const { client, state } = this.#link;
    if (this.#twin !== null || !state.listens) return;
    const upstream = client.shard.prepared?.privateLink(client.session.identity) ?? null;
    if (upstream === null) return;
    const twin = new Twin(this.#link, upstream);
    this.#twin = twin;
    if (client.shard.isMarking) void twin.mark();
    try {
      await twin.established();
    } catch (error) {
      // The client is gone, or hears nothing any more, or needs another one by now.
      if (this.#twin === twin) throw error;
    }
  }

  /** The client has just sent `request`, which changes what it listens to, over its own connection. */
  follow(request: Buffer, frames: number): void {
    if (this.#twin === null) this.#beginLate();
    else if (!this.#link.state.listens) this.drop();
    else if (this.#twin.settledFirst === settlesFirst(this.#link)) this.#twin.follow(request, frames);
    else this.renew();
  }

  /** What the other connection knows of the client is no longer true. */
  renew(): void {
    this.drop();
    this.#beginLate();
  }

  drop(): void {
    this.#twin?.drop();
    this.#twin = null;
  }

  /** The one on the node that is the master now; it is the caller's. */
  take(): Twin | null {
    const twin = this.#twin;
    if (twin === null || twin.upstream.node !== this.#link.client.shard.master) return null;
    this.#twin = null;
    return twin;
  }

  #beginLate(): void {
    // A connection that can not be opened now is missed when the master moves.
    this.begin().catch(() => undefined);
  }
}
