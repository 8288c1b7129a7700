import type { NodeId } from '../config/node-address.js';
import { CommandTable } from '../command/command-table.js';
import { makeIdentity, type Identity } from '../session/identity.js';
import { BufferCap } from './client/buffer-cap.js';
import type { Client } from './client/client.js';
import { CommandSource } from './command-source.js';
import { BlockedLine } from './private/blocked-line.js';
import { ClientPause } from './gate/client-pause.js';
import { pauseToo } from './answers/client-pause-command.js';
import { Doubt } from './doubt.js';
import { DefaultUser } from './access/default-user.js';
import { contain } from './client/disconnect.js';
import type { Dialect } from './dialect.js';
import { Gate } from './gate/gate.js';
import { HalfSent } from './client/half-sent.js';
import { lanesInUse, LOOK_MS, openOn, reopenLane } from './access/lane-care.js';
import { laneSlot, LaneSpread, type LaneSlot } from './upstream/lane-spread.js';
import { NodeLinks } from './upstream/node-links.js';
import { isRefusal } from './upstream/refusals.js';
import type { Peers } from './peers.js';
import { RefusedRequests } from './refused-requests.js';
import type { ShardOptions } from './shard-options.js';
import { ScriptCarrier } from './answers/script-carrier.js';
import { TrafficStats } from './traffic-stats.js';
import { Turn } from './turn.js';
import type { Upstream } from './upstream/upstream.js';

/** What all clients share: the gate, the connections to the master, what is known of commands, the counters. */
export class Shard {
  readonly gate = new Gate(() => this.turn.finish());
  readonly clientPause: ClientPause;
  readonly defaultUser: DefaultUser;
  readonly bufferCap: BufferCap;
  readonly turn = new Turn();
  readonly stats = new TrafficStats();
  readonly blocked = new BlockedLine();
  readonly doubt = new Doubt(this);
  readonly refused = new RefusedRequests(this);
  readonly lanes = new LaneSpread();
  readonly halfSent = new HalfSent(this.gate, () => this.#mayBeDrained());
  readonly clients = new Map<number, Client>();
  /** Those with a private link. A switch looks at them alone while it holds: ten thousand others must not make it longer. */
  readonly linked = new Set<Client>();
  readonly options: ShardOptions;
  readonly scripts: ScriptCarrier;
  /** The other processes behind the same addresses; null: there are none. */
  peers: Peers | null = null;
  /** Asks all nodes for their roles. Settles when the answers have been weighed, and another master is served if there is one. */
  lookAtRoles: () => Promise<void> = () => Promise.resolve();
  /** What Holdfast's own questions to the master are asked over. */
  readonly ownLane: LaneSlot;
  /** Until a server has told what it knows, everything counts as a write. */
  table = CommandTable.fromCommandReply([]);
  /** True when no master could be served for longer than commands are held: there is none, or it does not answer. */
  outageOver = false;
  /** The moment is marked from which the candidate counts for those who listen. */
  isMarking = false;
  readonly #commands = new CommandSource();
  #links: NodeLinks | null = null;
  #prepared: NodeLinks | null = null;
  readonly #retiring = new Set<NodeLinks>();
  #outageTimer: NodeJS.Timeout | null = null;
  readonly #drainWaiters = new Set<() => void>();
  readonly #sweepers: readonly NodeJS.Timeout[];

  constructor(options: ShardOptions) {
    this.options = options;
    this.ownLane = laneSlot(makeIdentity(options.nodeAuth, 2, 0));
    this.bufferCap = new BufferCap(this);
    this.defaultUser = new DefaultUser(this);
    this.clientPause = new ClientPause(this.gate, options.now);
    this.scripts = new ScriptCarrier(options.nodeAuth, () => this.#mayBeDrained(), this.#commands);
    this.#beginOutage();
    const sweep = (): void => this.#links?.retireUnused(new Set(lanesInUse(this).keys()));
    const look = (): void => [this.#links, ...this.#retiring].forEach((links) => links?.look());
    this.#sweepers = [setInterval(sweep, options.laneIdleMs).unref(), setInterval(look, LOOK_MS).unref()];
  }

  /** How the server differs from others. */
  get dialect(): Dialect {
    return this.#commands.dialect;
  }

  /** Connections to the master; null while none is known. */
  get links(): NodeLinks | null {
    return this.#links;
  }

  get master(): NodeId | null {
    return this.#links?.node ?? null;
  }

  /** Connections that are being opened for the next master; null when no switch is being prepared. */
  get prepared(): NodeLinks | null {
    return this.#prepared;
  }

  /**
   * Who is sent the scripts that clients bring while a switch is being prepared. Where they are replicated the master is,
   * as long as it may be written to. Null: nobody.
   */
  get scriptsNext(): NodeLinks | null {
    if (this.#prepared === null || !this.dialect.replicatesScripts) return this.#prepared;
    return this.gate.isHeldBy('switchover') ? null : this.#links;
  }

  /** A write has not been answered yet, or a script has not yet reached the node that is about to be the master. */
  get writesInFlight(): boolean {
    if (this.scripts.busy || this.halfSent.awaited || this.#links?.writesInFlight === true) return true;
    // Only of this node: a former master that died never answers, and must not veto each switch from now on.
    for (const links of this.#retiring) if (links.node === this.master && links.writesInFlight) return true;
    return false;
  }

  /** Gets all writes in flight answered as soon as the servers can, for a drain to end. */
  hurryWrites(): void {
    for (const { link } of this.linked) link?.askForUnheard();
    for (const links of [this.#links, ...this.#retiring]) links?.hurry();
    this.halfSent.await();
  }

  upstreams(kind: 'lane' | 'private'): number {
    const all = [this.#links, this.#prepared, ...this.#retiring];
    return all.reduce((sum, links) => sum + (links?.count(kind) ?? 0), 0);
  }

  /** Calls `done` whenever the last write in flight may have been answered. @returns the function that ends it. */
  onDrained(done: () => void): () => void {
    this.#drainWaiters.add(done);
    return () => this.#drainWaiters.delete(done);
  }

  /**
   * Serves `node` as the master, without a switch of our own: at the start, or because somebody else moved it.
   * `null`: there is none; commands wait for at most `outageHoldMs`.
   */
  async serve(node: NodeId | null): Promise<void> {
    if (node === this.master) return;
    this.discardPrepared();
    if (node === null) {
      this.withdraw();
      return;
    }
    const links = this.#open(node);
    // Whoever was served until now, EVALSHA must not come there before its script.
    if (this.scripts.cache.size > 0) this.#beginOutage();
    this.#swap(links);
    if (!(await this.#loadTable())) return;
    await this.scripts.bringTo(links).catch((error: unknown) => {
      this.options.log.warn({ node, err: error }, 'the scripts of the clients are not known on the new master');
    });
    await this.defaultUser.learn();
    if (this.#links === links) this.#endOutage();
  }

  /** Asks the master again what a client may have changed there: the commands it knows, whom it lets in. */
  async learnAgain(): Promise<void> {
    await Promise.all([this.#loadTable(), this.defaultUser.learn()]);
  }

  /** Opens on `target` what the clients will need there. */
  async prepare(target: NodeId): Promise<number> {
    this.discardPrepared();
    const prepared = this.#open(target);
    this.#prepared = prepared;
    const wanted = [...lanesInUse(this).values()];
    const links: Identity[] = [];
    const twins: Promise<void>[] = [];
    for (const { link, session } of this.linked) {
      if (link?.state.listens === true) twins.push(openOn(target, session.identity, () => link.twins.begin()));
      else if (link !== null) links.push(session.identity);
    }
    try {
      await Promise.all([
        ...wanted.map((slot) => this.#openLaneOn(prepared, slot)),
        ...links.map((identity) => openOn(target, identity, () => prepared.reserve(identity))),
        ...twins,
        this.scripts.bringTo(this.scriptsNext ?? prepared),
      ]);
    } catch (error) {
      if (this.#prepared === prepared) this.discardPrepared();
      throw error;
    }
    return wanted.length + links.length + twins.length;
  }

  /**
   * Marks this moment, at which nothing can be published, for all who listen. Settles when the marks of both nodes are there,
   * or will not come.
   */
  async mark(): Promise<void> {
    this.isMarking = true;
    const marks: Promise<void>[] = [];
    for (const { link } of this.linked) {
      const twin = link?.twins.current ?? null;
      if (twin !== null) marks.push(twin.mark());
    }
    await Promise.all(marks);
  }

  discardPrepared(): void {
    this.isMarking = false;
    if (this.#prepared === null) return;
    this.#prepared.destroy();
    this.#prepared = null;
    for (const { link } of this.linked) link?.twins.drop();
  }

  /** From now on `target` is the master. At once: what {@link prepare} opened is there. */
  redirect(target: NodeId): void {
    const prepared = this.#prepared?.node === target ? this.#prepared : null;
    if (prepared === null) this.discardPrepared();
    this.#prepared = null;
    this.isMarking = false;
    this.#swap(prepared ?? this.#open(target));
    this.#endOutage();
    if (this.#links !== null) pauseToo(this, this.#links);
    // What clients brought while the master could not replicate it any more.
    if (this.#links !== null && this.dialect.replicatesScripts)
      this.scripts.bringTo(this.#links).catch(() => undefined);
    void this.#loadTable();
  }

  /** From now on no master is known: as in an outage, commands wait for at most `outageHoldMs`. */
  withdraw(): void {
    this.#swap(null);
    this.#beginOutage();
  }

  /** The lane of a slot on the master, and on the node that is about to become it. */
  lane(links: NodeLinks, slot: LaneSlot): Upstream {
    if (this.#prepared !== null) this.#prepared.lane(slot);
    return links.lane(slot);
  }

  /** Takes back a private link; one that does not lead to the master ends. */
  giveBack(upstream: Upstream): void {
    if (this.#links?.owns(upstream) === true) this.#links.giveBack(upstream);
    else upstream.retire();
  }

  destroy(): void {
    this.#sweepers.forEach(clearInterval);
    this.bufferCap.stop();
    if (this.#outageTimer !== null) clearTimeout(this.#outageTimer);
    this.blocked.destroy();
    this.discardPrepared();
    this.#links?.destroy();
    for (const links of this.#retiring) links.destroy();
  }

  #open(node: NodeId): NodeLinks {
    const links: NodeLinks = new NodeLinks({
      node,
      tlsTo: this.options.tlsTo,
      editError: this.options.announcement?.editError ?? null,
      isRefusal: (bytes, start, end) => isRefusal(this.options.nodes, bytes, start, end),
      onRefused: (request) => this.refused.hear(links, request),
      connectTimeoutMs: this.options.connectTimeoutMs,
      turn: this.turn,
      now: this.options.now,
      onDrained: () => this.#mayBeDrained(),
      onLaneLost: (slot) => {
        if (links === this.#links) reopenLane(this, links, slot);
      },
      onEmpty: () => this.#retiring.delete(links),
    });
    return links;
  }

  #mayBeDrained(): void {
    for (const done of this.#drainWaiters) done();
  }

  #swap(next: NodeLinks | null): void {
    const old = this.#links;
    this.#links = next;
    if (old !== null) {
      if (!old.empty) this.#retiring.add(old);
      old.retire();
    }
    if (next === null) return;
    this.blocked.onMasterMoved(next.node);
    // Those who get a link anew meanwhile are at the new master.
    for (const client of Array.from(this.linked)) contain(client, () => client.link?.onMasterMoved());
  }

  async #openLaneOn(prepared: NodeLinks, slot: LaneSlot): Promise<void> {
    const lane = prepared.lane(slot);
    await openOn(prepared.node, slot.identity, () => lane.opened());
    if (slot.identity.auth === null) this.defaultUser.mustBeAsOn(lane);
  }

  /** Asks the master what commands it knows. @returns false when it is not the master any more. */
  async #loadTable(): Promise<boolean> {
    const links = this.#links;
    if (links === null) return false;
    const isMaster = (): boolean => this.#links === links;
    const table = await this.#commands.readSoon(() => links.lane(this.ownLane), isMaster, this.options.log);
    if (!isMaster()) return false;
    this.lanes.count = this.options.lanes === 'auto' ? this.dialect.lanes : this.options.lanes;
    if (table !== null) this.table = table;
    return true;
  }

  #beginOutage(): void {
    if (!this.gate.isHeldBy('no-master')) this.gate.close('no-master', 'all');
    this.#outageTimer ??= setTimeout(() => {
      this.outageOver = true;
      this.blocked.onOutageOver();
      this.gate.wake();
    }, this.options.outageHoldMs).unref();
  }

  #endOutage(): void {
    if (this.#outageTimer !== null) clearTimeout(this.#outageTimer);
    this.#outageTimer = null;
    this.outageOver = false;
    if (this.gate.isHeldBy('no-master')) this.gate.open('no-master');
  }
}
