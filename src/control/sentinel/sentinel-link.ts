import type { NodeId } from '../../config/node-address.js';
import { NodeError } from '../../switchover/ports.js';
import { endOnServer } from '../end-on-server.js';
import { findNode } from '../find-node.js';
import { NodeConnection, type Greeting, type NodeCredentials } from '../node-connection.js';
import type { CommandLine, Reply } from '../node-link.js';
import { parseReplicas, parseView, type ReplicaView, type SentinelView } from './sentinel-view.js';

/** Where the Sentinels are, how they are spoken to, and about what. */
export interface SentinelAccess {
  readonly sentinels: readonly NodeId[];
  /** The name under which they watch the shard. */
  readonly masterName: string;
  readonly credentials: NodeCredentials;
  /** The servers of the shard, as the configuration spells them. */
  readonly nodes: readonly NodeId[];
}

/**
 * One Sentinel, asked about one shard; what it says of nodes is spelled as the configuration spells them. Dials when it has to; each method rejects with a {@link NodeError} and waits no longer
 * than its `timeoutMs`.
 */
export class SentinelLink {
  readonly id: NodeId;
  readonly #access: SentinelAccess;
  readonly #connection: NodeConnection;
  /** The connection that carried a failover of which it is not known whether it was taken. */
  #lostFailover: Greeting | null = null;

  constructor(id: NodeId, access: SentinelAccess) {
    this.id = id;
    this.#access = access;
    this.#connection = new NodeConnection(id, access.credentials);
  }

  /**
   * What it says of the shard. After {@link failover} was lost, it speaks of a time at which that was taken, or can not
   * be taken any more. Rejects as `refused` when it does not watch a shard of this name.
   */
  async view(timeoutMs: number): Promise<SentinelView> {
    const leftMs = await this.#dialled(timeoutMs);
    if (this.#lostFailover !== null && this.#lostFailover !== this.#connection.greeting) {
      await endOnServer(this.#connection, this.#lostFailover.peer, 'the failover', leftMs);
    }
    const [master, address] = await this.#connection.pipeline(
      [this.#ask('MASTER'), this.#ask('GET-MASTER-ADDR-BY-NAME')],
      leftMs,
    );
    if (master instanceof NodeError) throw master;
    if (address instanceof NodeError) throw address;
    this.#lostFailover = null;
    const view = parseView(this.id, address ?? null, master ?? null);
    if (view === null) throw new NodeError(this.id, 'unknown', 'it does not answer as a Sentinel does');
    return { ...view, master: await this.#asConfigured(view.master) };
  }

  async replicas(timeoutMs: number): Promise<readonly ReplicaView[]> {
    const replicas = parseReplicas(await this.#call('REPLICAS', timeoutMs));
    return Promise.all(replicas.map(async (replica) => ({ ...replica, node: await this.#asConfigured(replica.node) })));
  }

  /** `SENTINEL CKQUORUM`: rejects as `refused`, with Sentinel's own words, when there is none. */
  async quorum(timeoutMs: number): Promise<void> {
    await this.#call('CKQUORUM', timeoutMs);
  }

  /**
   * `SENTINEL FAILOVER`, sent once, over the connection that is open: this is part of the stall. When it settles, the failover
   * has begun; the promotion follows a few ticks of Sentinel's timer later.
   */
  async failover(timeoutMs: number): Promise<void> {
    const { greeting } = this.#connection;
    try {
      await this.#connection.call(this.#ask('FAILOVER'), timeoutMs);
    } catch (error) {
      if (error instanceof NodeError && error.kind === 'unknown') this.#lostFailover = greeting;
      throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #call(name: string, timeoutMs: number): Promise<Reply> {
    const leftMs = await this.#dialled(timeoutMs);
    return this.#connection.call(this.#ask(name), leftMs);
  }

  #ask(name: string): CommandLine {
    return ['SENTINEL', name, this.#access.masterName];
  }

  async #asConfigured(spelled: NodeId): Promise<NodeId> {
    return (await findNode(spelled, this.#access.nodes)) ?? spelled;
  }

  /** Dials if there is no connection. @returns what is left of the time. */
  async #dialled(timeoutMs: number): Promise<number> {
    const start = performance.now();
    await this.#connection.connect(timeoutMs);
    return Math.max(1, timeoutMs - (performance.now() - start));
  }
}
