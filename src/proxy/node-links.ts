import type { NodeId } from '../config/node-address.js';
import type { Identity } from '../session/identity.js';
import type { Turn } from './turn.js';
import { Upstream } from './upstream.js';

/** Idle private links that are kept per identity: enough for a pool of clients that use MULTI now and then. */
const MAX_IDLE_PER_IDENTITY = 64;

export interface NodeLinksOptions {
  readonly node: NodeId;
  readonly connectTimeoutMs: number;
  readonly turn: Turn;
  readonly now: () => number;
  /** The last write in flight on some upstream of this node was answered (or lost). */
  readonly onDrained: () => void;
  /** The last connection has ended. */
  readonly onEmpty: () => void;
}

/** All connections to one node: a lane per identity, and private links, lent to one client at a time. */
export class NodeLinks {
  readonly node: NodeId;
  /** Since when no connection could be opened, ms; null when the last attempt went well. */
  failingSince: number | null = null;
  readonly #options: NodeLinksOptions;
  readonly #lanes = new Map<string, Upstream>();
  readonly #idle = new Map<string, Upstream[]>();
  readonly #all = new Set<Upstream>();
  #retired = false;

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

  count(kind: 'lane' | 'private'): number {
    let count = 0;
    for (const upstream of this.#all) if (upstream.kind === kind) count++;
    return count;
  }

  laneIdentities(): readonly Identity[] {
    return [...this.#lanes.values()].map((lane) => lane.identity);
  }

  /** The lane of an identity; opened if there is none. It may not be `ready` yet. */
  lane(identity: Identity): Upstream {
    const known = this.#lanes.get(identity.key);
    if (known !== undefined && !known.retired) return known;
    const lane = this.#dial('lane', identity);
    this.#lanes.set(identity.key, lane);
    return lane;
  }

  /** A connection for one client alone: an idle one, or a new one that may not be `ready` yet. */
  privateLink(identity: Identity): Upstream {
    const idle = this.#idle.get(identity.key);
    for (let link = idle?.pop(); link !== undefined; link = idle?.pop()) {
      if (!link.retired) return link;
    }
    return this.#dial('private', identity);
  }

  /** Dials a private link and keeps it idle, for {@link privateLink} to find. */
  async reserve(identity: Identity): Promise<void> {
    const link = this.#dial('private', identity);
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
    for (const lane of this.#lanes.values()) lane.retire();
    for (const link of [...this.#idle.values()].flat()) link.retire();
    this.#lanes.clear();
    this.#idle.clear();
  }

  /** Ends every connection now. */
  destroy(): void {
    this.retire();
    for (const upstream of this.#all) upstream.destroy(null);
  }

  #dial(kind: 'lane' | 'private', identity: Identity): Upstream {
    const upstream = new Upstream({
      node: this.node,
      kind,
      identity,
      connectTimeoutMs: this.#options.connectTimeoutMs,
      turn: this.#options.turn,
      onDrained: () => this.#options.onDrained(),
      onClosed: () => {
        this.#all.delete(upstream);
        if (this.#lanes.get(identity.key) === upstream) this.#lanes.delete(identity.key);
        if (this.#all.size === 0) this.#options.onEmpty();
      },
    });
    this.#all.add(upstream);
    upstream.opened().then(
      () => {
        this.failingSince = null;
      },
      () => {
        this.failingSince ??= this.#options.now();
      },
    );
    return upstream;
  }
}
