/**
 * One server of the shard as the switch sees it: a connection, and the engine that fits what answers there.
 *
 * The commands of the stall (fence, offsets, promote) never dial: a connection that is gone is `unsent` at once, and the
 * switch aborts instead of letting the clients wait for a handshake. The commands of preflight, abort and settling do.
 *
 * A promotion whose answer was lost: `role` is then only asked where its answer proves something. On the connection that
 * carried the promotion the server answers in order, so the role speaks of afterwards. On a new connection, the old one
 * is first ended on the server, by the name the server gave it: from then on the promotion ran or never will.
 */
import type { NodeId } from '../config/node-address.js';
import type { ConnectionIdentity } from '../switchover/intent.js';
import { NodeError, type NodeFacts, type RoleFacts, type ShardNode } from '../switchover/ports.js';
import { median } from '../switchover/median.js';
import { detectEngine, engineFor } from './engines/detect-engine.js';
import type { Engine } from './engines/engine.js';
import { endOnServer } from './end-on-server.js';
import { Turns } from './turns.js';
import type { CommandLine, Reply } from './node-link.js';
import { NodeConnection, type Greeting, type NodeCredentials } from './node-connection.js';

/** One round trip says little of the next: a server under load answers now at once, now behind a long batch. */
const TRIPS_MAX = 5;
/** A far server is as far each time: then fewer do, and nobody has to wait for more, ms. */
const TRIPS_WITHIN_MS = 10;

export class ControlNode implements ShardNode {
  readonly id: NodeId;
  readonly #connection: NodeConnection;
  readonly #turns: Turns;
  #isClosed = false;
  /** The greeting of the connection that carried a promotion whose outcome is unknown. */
  #lostPromotion: Greeting | null = null;
  /** The greeting of the only connection that a promotion may take; null: there was none; undefined: any may. */
  #pledged: Greeting | null | undefined = undefined;

  /** @param turns shared by all nodes, so that what is asked of them beside the traffic comes one after the other. */
  constructor(id: NodeId, credentials: NodeCredentials = {}, turns: Turns = new Turns()) {
    this.id = id;
    this.#turns = turns;
    this.#connection = new NodeConnection(id, credentials);
  }

  async connect(timeoutMs: number): Promise<void> {
    await this.#turns.next();
    this.#engineBehind(await this.#dial(timeoutMs));
  }

  async facts(timeoutMs: number): Promise<NodeFacts> {
    await this.#turns.next();
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    const start = performance.now();
    const facts = await engine.facts(this.#connection, leftMs);
    return { ...facts, node: this.id, roundTripMs: performance.now() - start };
  }

  async missingRights(timeoutMs: number): Promise<readonly string[]> {
    await this.#turns.next();
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    try {
      const missing = await engine.missingRights(this.#connection, leftMs);
      // It stands in a transaction that can not be ended.
      if (missing.includes('exec')) this.#connection.close();
      return missing;
    } catch (error) {
      // MULTI may have been answered too late for anybody to end it: whatever came next would only be queued.
      this.#connection.close();
      throw error;
    }
  }

  async role(timeoutMs: number): Promise<RoleFacts> {
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    if (this.#lostPromotion !== null && this.#lostPromotion !== this.#connection.greeting) {
      await endOnServer(this.#connection, this.#lostPromotion.peer, 'the promotion', leftMs);
    }
    const role = await engine.role(this.#connection, leftMs);
    this.#lostPromotion = null;
    return role;
  }

  async roundTrip(timeoutMs: number): Promise<number> {
    const tripsMs: number[] = [];
    let spentMs = 0;
    do {
      await this.#turns.next();
      const start = performance.now();
      await this.#engine().role(this.#connection, timeoutMs);
      const tripMs = performance.now() - start;
      tripsMs.push(tripMs);
      spentMs += tripMs;
    } while (tripsMs.length < TRIPS_MAX && spentMs < TRIPS_WITHIN_MS);
    return median(tripsMs);
  }

  async fence(pauseMs: number, timeoutMs: number): Promise<number> {
    return this.#engine().fence(this.#connection, pauseMs, timeoutMs);
  }

  async masterOffset(timeoutMs: number): Promise<number> {
    return this.#engine().masterOffset(this.#connection, timeoutMs);
  }

  async appliedOffset(timeoutMs: number): Promise<number> {
    return this.#engine().appliedOffset(this.#connection, timeoutMs);
  }

  pledgeConnection(): ConnectionIdentity | null {
    this.#pledged = this.#connection.greeting;
    return this.#pledged?.peer ?? null;
  }

  async endConnection(connection: ConnectionIdentity, timeoutMs: number): Promise<void> {
    const [, leftMs] = await this.#dialled(timeoutMs);
    await endOnServer(this.#connection, connection, 'the promotion', leftMs);
  }

  async promote(timeoutMs: number): Promise<void> {
    const engine = this.#engine();
    await this.#rememberIfLost(() => engine.promote(this.#connection, timeoutMs));
  }

  /**
   * As {@link promote}, by other commands than the engine's, in one write; never dials.
   *
   * @returns the replies; the errors of single commands stand among them.
   */
  async promoteBy(commands: readonly CommandLine[], timeoutMs: number): Promise<readonly (Reply | NodeError)[]> {
    return this.#rememberIfLost(() => this.#connection.pipeline(commands, timeoutMs));
  }

  /** Sends commands of somebody who knows this kind of node, in one write; the errors of single ones stand among the replies. */
  async ask(commands: readonly CommandLine[], timeoutMs: number): Promise<readonly (Reply | NodeError)[]> {
    const [, leftMs] = await this.#dialled(timeoutMs);
    return this.#connection.pipeline(commands, leftMs);
  }

  async extendFence(pauseMs: number, timeoutMs: number): Promise<void> {
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    await engine.extendFence(this.#connection, pauseMs, leftMs);
  }

  async unfence(timeoutMs: number): Promise<void> {
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    await engine.unfence(this.#connection, leftMs);
  }

  /** As {@link unfence}, on a server that may know no pause. */
  async endPause(timeoutMs: number): Promise<void> {
    const [reply] = await this.ask([['CLIENT', 'UNPAUSE']], timeoutMs);
    if (reply instanceof NodeError && !reply.message.includes('try CLIENT')) throw reply;
  }

  async demote(master: NodeId, timeoutMs: number): Promise<void> {
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    await engine.demote(this.#connection, master, leftMs);
  }

  async follow(master: NodeId, timeoutMs: number): Promise<void> {
    await this.#turns.next();
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    await engine.follow(this.#connection, master, leftMs);
  }

  /** Ends a master's replication link to that replica (to all, where it can not be told apart); it comes back by itself. */
  async dropReplica(replica: NodeId, timeoutMs: number): Promise<void> {
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    await engine.dropReplica(this.#connection, replica, leftMs);
  }

  async persist(timeoutMs: number): Promise<string> {
    await this.#turns.next();
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    return engine.persist(this.#connection, leftMs);
  }

  /** `replica-priority`, until the node is restarted: whom Sentinel would rather promote. */
  async setPriority(priority: number, timeoutMs: number): Promise<void> {
    const [, leftMs] = await this.#dialled(timeoutMs);
    await this.#connection.call(['CONFIG', 'SET', 'replica-priority', priority], leftMs);
  }

  /** Ends the connections of all clients but this one; what they sent has run by then, or never will. */
  async endClients(timeoutMs: number): Promise<void> {
    const [, leftMs] = await this.#dialled(timeoutMs);
    await this.#connection.call(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'], leftMs);
  }

  async syncCounters(timeoutMs: number): Promise<{ readonly full: number; readonly partial: number }> {
    await this.#turns.next();
    const [engine, leftMs] = await this.#dialled(timeoutMs);
    return engine.syncCounters(this.#connection, leftMs);
  }

  /** Ends the control connection for good: who still waits for its turn does not dial any more. */
  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }

  /** What a promotion leaves to be known before a role proves anything. */
  async #rememberIfLost<T>(promote: () => Promise<T>): Promise<T> {
    const { greeting } = this.#connection;
    if (this.#pledged !== undefined && this.#pledged !== greeting) {
      throw new NodeError(this.id, 'unsent', 'the control connection is another one than the state file names');
    }
    try {
      return await promote();
    } catch (error) {
      if (error instanceof NodeError && error.kind === 'unknown') this.#lostPromotion = greeting;
      throw error;
    }
  }

  /** Dials if there is no connection. @returns the engine, and what is left of the time. */
  async #dialled(timeoutMs: number): Promise<readonly [Engine, number]> {
    const { greeting } = this.#connection;
    if (greeting !== null) return [this.#engineBehind(greeting), timeoutMs];
    const start = performance.now();
    const engine = this.#engineBehind(await this.#dial(timeoutMs));
    return [engine, Math.max(1, timeoutMs - (performance.now() - start))];
  }

  async #dial(timeoutMs: number): Promise<Greeting> {
    if (this.#isClosed) throw new NodeError(this.id, 'unsent', 'the control connection was closed');
    return this.#connection.connect(timeoutMs);
  }

  #engine(): Engine {
    const { greeting } = this.#connection;
    if (greeting === null) throw new NodeError(this.id, 'unsent', 'the control connection is gone');
    return this.#engineBehind(greeting);
  }

  #engineBehind(greeting: Greeting): Engine {
    return engineFor(detectEngine(greeting.server).engine);
  }
}
