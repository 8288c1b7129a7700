import { encodeRequest } from '../resp/encode.js';
import { saysWhatItLikes } from './client/recall.js';
import { askOnce } from './command-source.js';
import type { Shard } from './shard.js';
import type { KeptRequest } from './upstream/kept-requests.js';
import type { NodeLinks } from './upstream/node-links.js';

const INFO_REPLICATION = encodeRequest(['INFO', 'replication']);
const ROLE = /^role:(master|slave)/m;
/** For so long a node that has said that it is the master is not asked again. */
const BELIEVED_MS = 1000;

/**
 * What is to be believed when a node says that it is not the master.
 *
 * A plain command is refused by the server itself. What a script answers proves nothing: it may have run, and say what a replica
 * would say. So its node is asked for its role, which a script can not change: behind a replica's refusal nothing was written, as
 * a script's first write is refused already. Should the role have changed between the two, the node tells of a later moment;
 * that a script forges its answer in just this moment is left out of account.
 */
export class RefusedRequests {
  readonly #shard: Shard;
  /** Who has said last that it is the master, although its script had answered otherwise, and when. */
  #insisting: NodeLinks | null = null;
  #insistedAt = Number.NEGATIVE_INFINITY;

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  /** A node says that it is not the master. @returns false: that is a script's word, and to be passed on. */
  hear(links: NodeLinks | null, request: KeptRequest | null = null): boolean {
    const { doubt, table } = this.#shard;
    if (links === null || links !== this.#shard.links) return true;
    const isScript = request !== null && saysWhatItLikes(table.of(request.bytes));
    if (isScript && links === this.#insisting && this.#now - this.#insistedAt < BELIEVED_MS) return false;
    // A script says what it likes, as often as it likes; to look at all nodes each time would keep everybody waiting.
    if (!isScript || !doubt.isStale) doubt.begin();
    return true;
  }

  /** Whether scripts that a node has refused have not run. Settles within the time for which commands may wait. */
  async haveNotRun(links: NodeLinks): Promise<boolean> {
    // A node that has been left is not called anew.
    const role = links === this.#shard.links ? await this.#roleOf(links) : null;
    const isServed = links === this.#shard.links;
    if (role === 'slave' && isServed) this.#shard.doubt.begin();
    if (role === 'master') {
      this.#insisting = links;
      this.#insistedAt = this.#now;
    }
    return role === 'slave' || (role === null && !isServed);
  }

  get #now(): number {
    return this.#shard.options.now();
  }

  /** @returns null when the node does not tell. */
  async #roleOf(links: NodeLinks): Promise<string | null> {
    const { ownLane, options } = this.#shard;
    let timer: NodeJS.Timeout | null = null;
    const silence = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), options.outageHoldMs).unref();
    });
    const ask = async (): Promise<string | null> => {
      const lane = links.lane(ownLane);
      await lane.opened();
      return ROLE.exec((await askOnce(lane, INFO_REPLICATION)).toString('latin1'))?.[1] ?? null;
    };
    try {
      return await Promise.race([ask(), silence]);
    } catch {
      return null;
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  }
}
