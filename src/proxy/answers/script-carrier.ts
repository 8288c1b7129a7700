import type { NodeId } from '../../config/node-address.js';
import { encodeRequest } from '../../resp/encode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import { makeIdentity } from '../../session/identity.js';
import { ScriptCache } from '../../session/script-cache.js';
import { askOnce } from '../command-source.js';
import type { Dialect } from '../dialect.js';
import { laneSlot } from '../upstream/lane-spread.js';
import type { NodeLinks } from '../upstream/node-links.js';

const FLUSH = encodeRequest(['SCRIPT', 'FLUSH']);

/** A server that refuses these words refuses every script, not one that is written badly. */
const NOT_ALLOWED = /^-(NOPERM|NOAUTH|LOADING|MASTERDOWN|MISCONF) /;

/**
 * Brings the scripts of the clients to the next master, so that EVALSHA finds them there and SCRIPT EXISTS says what it
 * said before: since Redis 7 neither scripts nor their flush are replicated. Kvrocks replicates both, but not what EVAL
 * has run, and its replicas take none: what clients run is loaded on the master itself.
 *
 * A node that was the master once may still have what has been flushed since; it is flushed before it is loaded.
 */
export class ScriptCarrier {
  readonly cache = new ScriptCache();
  readonly #nodeAuth: readonly Buffer[] | null;
  readonly #onIdle: () => void;
  readonly #servers: { readonly dialect: Dialect };
  /** How often clients have flushed the scripts, and up to which flush a node has followed. */
  #flushes = 0;
  readonly #followed = new Map<NodeId, number>();
  #onTheirWay = 0;

  /**
   * @param nodeAuth Holdfast's own credentials on the servers; arguments of AUTH.
   * @param onIdle called when nothing is on its way any more.
   * @param servers what they are, as far as it is known.
   */
  constructor(nodeAuth: readonly Buffer[] | null, onIdle: () => void, servers: { readonly dialect: Dialect }) {
    this.#nodeAuth = nodeAuth;
    this.#onIdle = onIdle;
    this.#servers = servers;
  }

  /** True while a node has not yet answered to what it was sent: it must not become the master now. */
  get busy(): boolean {
    return this.#onTheirWay > 0;
  }

  /** Settles when the node has all scripts; one that it can not compile did not work before either. Rejects when it may not. */
  async bringTo(links: NodeLinks): Promise<void> {
    const { replicatesScripts } = this.#servers.dialect;
    const isBehind = !replicatesScripts && (this.#followed.get(links.node) ?? 0) < this.#flushes;
    const { scripts } = this.cache;
    if (!isBehind && scripts.length === 0) return;
    const flushes = this.#flushes;
    const requests = scripts.map((script) => encodeRequest(['SCRIPT', 'LOAD', script]));
    await this.#send(links, isBehind ? [FLUSH, ...requests] : requests);
    this.#followed.set(links.node, flushes);
  }

  /**
   * A client loads or runs this script on the master; `next`, when a switch is being prepared, needs it too.
   * @returns true when the script was not known.
   */
  remember(script: Buffer, next: NodeLinks | null): boolean {
    if (!this.cache.remember(script)) return false;
    // A candidate that can not take it now fails the preparation, or the switch, by itself.
    if (next !== null) this.#send(next, [encodeRequest(['SCRIPT', 'LOAD', script])]).catch(() => undefined);
    return true;
  }

  /** The master has agreed to a client's SCRIPT FLUSH. */
  flushed(master: NodeId, next: NodeLinks | null): void {
    this.cache.clear();
    this.#flushes++;
    this.#followed.set(master, this.#flushes);
    if (next !== null) this.bringTo(next).catch(() => undefined);
  }

  async #send(links: NodeLinks, requests: readonly Buffer[]): Promise<void> {
    this.#onTheirWay++;
    try {
      const lane = links.lane(laneSlot(makeIdentity(this.#nodeAuth, 2, 0)));
      await lane.opened();
      const replies = await Promise.all(requests.map((request) => askOnce(lane, request)));
      for (const reply of replies) {
        const text = reply[0] === FrameType.Error ? reply.toString('latin1').trim() : '';
        if (NOT_ALLOWED.test(text))
          throw new Error(`${links.node} does not take scripts from Holdfast: ${text.slice(1)}`);
      }
    } finally {
      if (--this.#onTheirWay === 0) this.#onIdle();
    }
  }
}
