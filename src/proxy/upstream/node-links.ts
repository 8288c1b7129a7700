import type { NodeId } from '../../config/node-address.js';
import { encodeRequest } from '../../resp/encode.js';
import type { Identity } from '../../session/identity.js';
import type { TlsTo } from '../../tls/node-tls.js';
import type { Turn } from '../turn.js';
import type { EditError } from './inbox.js';
import type { KeptRequest } from './kept-requests.js';
import { OwnRequest } from './own-request.js';
import { laneSlot, type LaneSlot } from './lane-spread.js';
import { Upstream } from './upstream.js';
import type { UpstreamError } from './upstream-error.js';

/** Idle private links that are kept per identity: enough for a pool of clients that use MULTI now and then. */
const MAX_IDLE_PER_IDENTITY = 64;

/** Lanes that are opened at the same time for AUTH, HELLO and SELECT: a crowd of new users is let in in an instant all the same. */
const MAX_OPENING = 64;

/** Lanes of one identity that are left to those who wait on them; each holds what one or two seconds brought. */
const MAX_LEFT_LANES = 8;

export interface NodeLinksOptions {
  readonly node: NodeId;
  readonly tlsTo: TlsTo | null;
  /** See {@link UpstreamOptions}. */
  readonly editError: EditError | null;
  readonly isRefusal: (bytes: Buffer, start: number, end: number) => boolean;
  readonly onRefused: (request: KeptRequest | null) => boolean;
  readonly connectTimeoutMs: number;
  readonly turn: Turn;
  readonly now: () => number;
  /** The last write in flight on some upstream of this node was answered (or lost). */
  readonly onDrained: () => void;
  /** A lane that was open has ended, and nobody here had asked for that. */
  readonly onLaneLost: (slot: LaneSlot) => void;
  /** The last connection has ended. */
  readonly onEmpty: () => void;
}

const READONLY = encodeRequest(['READONLY']);
const READWRITE = encodeRequest(['READWRITE']);

/** A lane that is open, or about to be. */
interface Lane {
  readonly slot: LaneSlot;
  readonly upstream: Upstream;
}

/** All connections to one node: lanes of each identity, and private links, lent to one client at a time. */
export class NodeLinks {
  readonly node: NodeId;
  /** Since when no connection could be opened, ms; null when the last attempt went well. */
  failingSince: number | null = null;
  readonly #options: NodeLinksOptions;
  /** By the key of their slot. */
  readonly #lanes = new Map<string, Lane>();
  readonly #idle = new Map<string, Upstream[]>();
  readonly #all = new Set<Upstream>();
  #retired = false;
  #opening = 0;
  readonly #openingWaiters: (() => boolean)[] = [];
  /** READONLY is on for all lanes. */
  #readsOnReplica = false;
  /** Keys of slots whose lane is about to be replaced. */
  readonly #replacing = new Set<string>();
  /** Keys of slots and identities that no client wanted at the last {@link retireUnused}. */
  #unused: ReadonlySet<string> = new Set();

  constructor(options: NodeLinksOptions) {
    this.#options = options;
    this.node = options.node;
  }

  get empty(): boolean {
    return this.#all.size === 0;
  }

  get writesInFlight(): boolean {
    for (const upstream of this.#all) if (upstream.writesInFlight) return true;
    return false;
  }

  /** The replies to writes in flight are wanted now, whoever stands before them. */
  hurry(): void {
    for (const upstream of this.#all) upstream.hurry();
  }

  /**
   * Called now and then: lanes that stand still are replaced. A hanging script answers nothing on its own connection, and
   * BUSY on others; so does a write that a pause of the server has caught.
   */
  look(): void {
    for (const upstream of this.#all) upstream.look();
    for (const { slot, upstream } of this.#lanes.values()) {
      if (upstream.standsStill && !upstream.retired) this.#replace(slot, upstream);
    }
  }

  count(kind: 'lane' | 'private'): number {
    let count = 0;
    for (const upstream of this.#all) if (upstream.kind === kind) count++;
    return count;
  }

  /**
   * Whether another lane may be dialled now: somebody who guesses passwords from many connections must not keep the
   * server busy with handshakes. Wait with {@link onOpening}.
   */
  mayOpen(identity: Identity): boolean {
    return this.#opening < MAX_OPENING || this.#lanes.has(laneSlot(identity).key);
  }

  /** Calls `wake` once, when there is room for another lane; it returns false when nobody needs that any more. */
  onOpening(wake: () => boolean): void {
    this.#openingWaiters.push(wake);
  }

  /**
   * Ends the lanes and idle links that no client wants any more, and none wanted at the last call.
   *
   * @param inUse keys of the slots that clients want; the first slot of an identity stands for its links.
   */
  retireUnused(inUse: ReadonlySet<string>): void {
    for (const [key, { upstream }] of this.#lanes) {
      if (!upstream.ready || inUse.has(key) || !this.#unused.has(key)) continue;
      this.#lanes.delete(key);
      upstream.retire();
    }
    for (const [key, links] of this.#idle) {
      if (inUse.has(key) || !this.#unused.has(key)) continue;
      this.#idle.delete(key);
      for (const link of links) link.retire();
    }
    this.#unused = new Set([...this.#lanes.keys(), ...this.#idle.keys()].filter((key) => !inUse.has(key)));
  }

  /** The lane of a slot; opened if there is none. It may not be `ready` yet. */
  lane(slot: LaneSlot): Upstream {
    const known = this.#lanes.get(slot.key)?.upstream;
    if (known !== undefined && !known.retired) return known;
    const upstream = this.#dial('lane', slot);
    this.#lanes.set(slot.key, { slot, upstream });
    return upstream;
  }

  /**
   * Whether the lanes may be read although the node is not the master any more. In a cluster a replica sends everybody to
   * its master, except on connections that have said READONLY; then it answers from what it has.
   */
  readOnReplica(on: boolean): void {
    if (on === this.#readsOnReplica) return;
    this.#readsOnReplica = on;
    for (const { upstream } of this.#lanes.values()) if (upstream.ready) sayWhatMayBeRead(upstream, on);
  }

  /** A connection for one client alone: an idle one, or a new one that may not be `ready` yet. */
  privateLink(identity: Identity): Upstream {
    const idle = this.#idle.get(identity.key);
    for (let link = idle?.pop(); link !== undefined; link = idle?.pop()) {
      if (!link.retired) return link;
    }
    return this.#dial('private', laneSlot(identity));
  }

  /** A connection that was not there before; whoever wanted it ends it. */
  fresh(identity: Identity): Upstream {
    return this.#dial('private', laneSlot(identity));
  }

  /** Dials a private link and keeps it idle, for {@link privateLink} to find. */
  async reserve(identity: Identity): Promise<void> {
    const link = this.#dial('private', laneSlot(identity));
    await link.opened();
    this.giveBack(link);
  }

  owns(upstream: Upstream): boolean {
    return this.#all.has(upstream);
  }

  /** Takes back a private link that has no state and no reply to come. */
  giveBack(link: Upstream): void {
    if (link.retired || this.#retired) {
      link.retire();
      return;
    }
    link.pushSink = null;
    const idle = this.#idle.get(link.identity.key) ?? [];
    if (idle.length >= MAX_IDLE_PER_IDENTITY) {
      link.destroy(null);
      return;
    }
    idle.push(link);
    this.#idle.set(link.identity.key, idle);
  }

  /** The master is elsewhere now: lanes end with their last reply, lent private links when their clients let them go. */
  retire(): void {
    this.#retired = true;
    for (const { upstream } of this.#lanes.values()) upstream.retire();
    for (const link of [...this.#idle.values()].flat()) link.retire();
    this.#lanes.clear();
    this.#idle.clear();
  }

  /** Ends every connection now. */
  destroy(): void {
    this.retire();
    for (const upstream of this.#all) upstream.destroy(null);
  }

  /** Leaves a lane to those who wait on it, as soon as the server serves others: one that serves nobody is waited for. */
  #replace(slot: LaneSlot, lane: Upstream): void {
    const { key, identity } = slot;
    if (this.#replacing.has(key) || this.#leftLanes(identity) >= MAX_LEFT_LANES) return;
    this.#replacing.add(key);
    const fresh = this.#dial('lane', slot);
    const leave = (): boolean => {
      this.#replacing.delete(key);
      if (this.#lanes.get(key)?.upstream !== lane || !lane.standsStill) return false;
      lane.retire();
      return true;
    };
    fresh.opened().then(
      () => {
        if (leave()) this.#lanes.set(key, { slot, upstream: fresh });
        else fresh.retire();
      },
      (error: UpstreamError) => {
        // Then this is what the next commands are answered, too.
        if (error.reply === null || !leave()) this.#replacing.delete(key);
      },
    );
  }

  #leftLanes({ key }: Identity): number {
    let count = 0;
    for (const { kind, retired, identity } of this.#all)
      if (kind === 'lane' && retired && identity.key === key) count++;
    return count;
  }

  /** @param slot of a private link only the identity matters. */
  #dial(kind: 'lane' | 'private', slot: LaneSlot): Upstream {
    let wasOpen = false;
    const upstream = new Upstream({
      node: this.node,
      kind,
      identity: slot.identity,
      tlsTo: this.#options.tlsTo,
      editError: this.#options.editError,
      isRefusal: this.#options.isRefusal,
      onRefused: this.#options.onRefused,
      connectTimeoutMs: this.#options.connectTimeoutMs,
      turn: this.#options.turn,
      onDrained: () => this.#options.onDrained(),
      onClosed: () => {
        this.#all.delete(upstream);
        if (this.#lanes.get(slot.key)?.upstream === upstream) {
          this.#lanes.delete(slot.key);
          if (wasOpen) this.#options.onLaneLost(slot);
        }
        if (this.#all.size === 0) this.#options.onEmpty();
      },
    });
    this.#all.add(upstream);
    this.#opening++;
    upstream.opened().then(
      () => {
        wasOpen = true;
        this.failingSince = null;
        if (kind === 'lane' && this.#readsOnReplica) sayWhatMayBeRead(upstream, true);
        this.#opened();
      },
      (error: UpstreamError) => {
        // A server that refuses a user is there.
        if (error.reply === null) this.failingSince ??= this.#options.now();
        this.#opened();
      },
    );
    return upstream;
  }

  #opened(): void {
    this.#opening--;
    // The last one lets everybody look again: some of them may need no new lane any more.
    let room = this.#opening === 0 ? Number.POSITIVE_INFINITY : MAX_OPENING - this.#opening;
    while (room > 0) {
      const wake = this.#openingWaiters.shift();
      if (wake === undefined) return;
      if (wake()) room--;
    }
  }
}

function sayWhatMayBeRead(lane: Upstream, onReplica: boolean): void {
  const request = onReplica ? READONLY : READWRITE;
  lane.send(new OwnRequest(ignore), request, 0, request.length, false);
}

function ignore(): void {
  // A user who may not say so is sent to the new master by the old one, as without a proxy.
}
