import { makeIdentity, type Identity } from '../../session/identity.js';
import type { Client } from '../client/client.js';
import type { Shard } from '../shard.js';
import type { Upstream } from '../upstream/upstream.js';

/** What was learned counts for so long while clients come, ms: one short connection a second costs a server nothing. */
const FRESH_MS = 1000;

/**
 * Whether the default user needs a password, and so what a client may do that has not said who it is.
 *
 * A server keeps for each connection what was true when it came: who came while no password was needed stays in when one
 * is asked for later. Lanes are shared by clients that came at different times, so the clients are sorted:
 *
 * 1. A fresh connection is asked (PING: is it NOAUTH?) when a master is served, when a command of a client may have
 *    changed it, and when a client comes and the last answer is a second old.
 * 2. Clients that come while the answer is the same are one *generation* and share lanes ({@link Identity.generation}). The
 *    generation after one that needed no password does, and the other way round.
 * 3. When the answer changes, those who come from now on are of the next generation; those who are there are judged by
 *    the lane that they have.
 */
export class DefaultUser {
  readonly #shard: Shard;
  /** No password is needed; null until a server has said. */
  #isOpen: boolean | null = null;
  #firstWasOpen = true;
  #generation = 0;
  #learnedAt = -Infinity;
  #learning: Promise<void> = Promise.resolve();

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  /** Who a client is that comes now. */
  get identity(): Identity {
    return makeIdentity(null, 2, 0, this.#generation);
  }

  /** A client has come. */
  greet(client: Client): void {
    this.judge(client);
    if (this.#shard.options.now() - this.#learnedAt > FRESH_MS) void this.learn();
  }

  /** Notes what the client may do; to be called when its identity or its lane has changed. */
  judge(client: Client): void {
    const { auth, generation } = client.session.identity;
    const isLetIn = client.lane?.authenticated ?? (generation % 2 === 0) === this.#firstWasOpen;
    client.scanner.unauthenticated = auth === null && this.#isOpen === false && !isLetIn;
    client.output.tight = client.unauthenticated || this.#shard.bufferCap.pressing;
  }

  /** Asks the master now. Settles when the answer counts, or can not be had. */
  learn(): Promise<void> {
    this.#learnedAt = this.#shard.options.now();
    this.#learning = this.#learning.then(() => this.#ask());
    return this.#learning;
  }

  /** Throws when the default user is not on the candidate what it is on the master: its clients would be shut out, or others let in. */
  mustBeAsOn(lane: Upstream): void {
    if (lane.authenticated === (this.#isOpen ?? lane.authenticated)) return;
    const [there, here] = lane.authenticated ? ['does not ask', 'does'] : ['asks', 'does not'];
    throw new Error(`${lane.node} ${there} for a password of the default user, and the master ${here}`);
  }

  async #ask(): Promise<void> {
    const { links } = this.#shard;
    if (links === null) return;
    const probe = links.fresh(this.identity);
    try {
      await probe.opened();
    } catch {
      return;
    } finally {
      probe.retire();
    }
    if (this.#shard.links !== links) return;
    if (this.#isOpen === null) this.#firstWasOpen = probe.authenticated;
    else if (this.#isOpen !== probe.authenticated) this.#generation++;
    this.#isOpen = probe.authenticated;
    for (const client of this.#shard.clients.values()) this.judge(client);
  }
}
