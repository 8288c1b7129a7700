import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { askServer, type Reply } from '../ask-server.js';
import { RedisServer } from '../redis-server.js';
import { ClusterTopology } from './cluster-topology.js';
import { DoubleConnection } from './double-connection.js';
import { settingsOf, type KvrocksDoubleOptions } from './double-options.js';
import { kvrocksCommands, type KvrocksCommand } from './double-command-list.js';
import { Namespaces } from './namespaces.js';
import { ReplicationLink } from './replication-link.js';
import { ServerTalk } from './server-talk.js';
import { sleepUntil } from './replication-timer.js';
import { WritePause } from './write-pause.js';

/** What `CONFIG REWRITE` wrote: whom to follow after a restart. */
export type WrittenRole = { readonly slaveOf: string } | 'master';

/** So long a master takes a replica that has left for one of its own when it has nothing to send to it, ms. (Measured: 2,500 to 4,600.) */
const NOTICES_DEAD_REPLICA_AFTER_MS = 3000;
/** (Measured: 65 to 130.) */
const RESTORE_MS = 70;

/** How often a master sweeps away the replicas that were killed, ms. (Measured: such a link breaks within this time.) */
const SWEEP_EVERY_MS = 100;

/** All that run in this process, by port: they follow each other. */
const doubles = new Map<number, KvrocksDouble>();

/**
 * Stands in for a Kvrocks node, which no Debian package provides: a real redis-server keeps and replicates the data, and this answers in
 * front of it as a recorded Kvrocks did (unstable of 2024-10, and the same with `CLIENT PAUSE`). Nothing here is known from a Kvrocks that
 * runs beside it: all of it is from recordings, or, where a comment says so, from the source of Kvrocks or what was said of it.
 *
 * From the recordings: INFO, ROLE, SLAVEOF and its refusals, CLIENT, COMMAND, HELLO, SELECT, MULTI, the cluster commands, the wording of
 * errors, the wait of a promotion for a timer while the whole node stands still, the process that ends when ROLE is asked during the
 * restore of a full synchronisation, blocked calls that are told nothing. From the source: namespaces, passwords, a re-pointing that waits
 * for the timer too. From what was said of 2.15: a pause takes the place of the one before, and holds neither EXEC nor SCRIPT LOAD.
 *
 * What differs: offsets are bytes of the redis-server's stream instead of records; a node whose data goes on where the master's stream
 * is, but that redis-server does not know for the same stream, synchronises fully, where Kvrocks takes any sequence that fits; nothing is
 * sent to a replica that has left.
 */
export class KvrocksDouble {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly server: RedisServer;
  /** How the double itself speaks to it. */
  readonly behind: ServerTalk;
  readonly pause = new WritePause();
  readonly version: string;
  readonly hasPause: boolean;
  /** What CONFIG GET and SET know; of these only `resp3-enabled` has an effect when it is set. */
  readonly settings: Map<string, string>;
  readonly requirepass: string;
  readonly restoreMs: number;
  readonly namespaces: Namespaces;
  /** Null: not in cluster mode. */
  readonly cluster: ClusterTopology | null;
  /** What COMMAND lists, by name. */
  readonly commands: ReadonlyMap<string, KvrocksCommand>;
  /** How often ROLE was asked. */
  rolesAsked = 0;
  /** Why the process has ended, if it has. */
  crashed = '';
  written: WrittenRole = 'master';
  /** What a request waits for before it runs, with all behind it on its connection, and nobody else. Set by tests. */
  slowed: (words: readonly string[]) => Promise<void> = () => Promise.resolve();
  readonly connections = new Map<number, DoubleConnection>();
  readonly #options: KvrocksDoubleOptions;
  readonly #startedAt = performance.now();
  #listener: Server;
  #link: ReplicationLink | null = null;
  /** Replicas that have left, and are still taken for such. */
  readonly #dead = new Set<KvrocksDouble>();
  /** Everything on the node waits for it. */
  #standstill: Promise<void> | null = null;
  #isRestoring = false;
  #isRunning = true;
  #nextId = 1;

  private constructor(
    listener: Server,
    port: number,
    server: RedisServer,
    commands: ReadonlyMap<string, KvrocksCommand>,
    options: KvrocksDoubleOptions,
  ) {
    this.port = port;
    this.server = server;
    this.behind = new ServerTalk(server);
    this.commands = commands;
    this.#options = options;
    this.hasPause = options.hasPause ?? true;
    this.version = options.version ?? (this.hasPause ? '2.15.0' : '2.10.1');
    this.requirepass = options.requirepass ?? '';
    this.settings = settingsOf(options);
    this.restoreMs = options.restoreMs ?? RESTORE_MS;
    this.namespaces = new Namespaces(this.requirepass, options);
    this.cluster = options.cluster === true ? new ClusterTopology() : null;
    doubles.set(port, this);
    this.#listener = this.#listen(listener);
  }

  static async start(options: KvrocksDoubleOptions = {}): Promise<KvrocksDouble> {
    // A PING to the replicas would move the offset; Kvrocks' pings do not. Each namespace is a database of its own.
    const server = await RedisServer.start({ config: { 'repl-ping-replica-period': '3600' }, databases: 64 });
    const listener = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
    return new KvrocksDouble(listener, address.port, server, kvrocksCommands(await server.send('COMMAND')), options);
  }

  /** The address as Holdfast writes it. */
  get id(): string {
    return `${this.host}:${this.port}`;
  }

  get resp3(): boolean {
    return this.settings.get('resp3-enabled') === 'yes';
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get master(): KvrocksDouble | null {
    return this.#link?.master ?? null;
  }

  get link(): ReplicationLink | null {
    return this.#link;
  }

  /** Runs one command on a fresh connection, as the administrator. Rejects with the node's words when it refuses. */
  send(...args: readonly string[]): Promise<Reply> {
    return askServer(this, this.requirepass, args);
  }

  /** A full synchronisation is being restored: because one is, or because a test says so. */
  get restoring(): boolean {
    return this.#isRestoring || this.#link?.state === 'restoring';
  }

  set restoring(is: boolean) {
    this.#isRestoring = is;
  }

  /** Those that the node lists: they follow it, or were killed and are not swept away yet, or left and are not missed yet. */
  get replicas(): readonly KvrocksDouble[] {
    return [...this.#following().filter((each) => each.#link?.isListed === true), ...this.#dead];
  }

  /** Whether this node, with what it says to a master, may follow that one. */
  acceptedBy(master: KvrocksDouble): boolean {
    return master.requirepass === '' || master.requirepass === (this.#options.masterauth ?? this.requirepass);
  }

  /** When the replicas that were killed are next swept away, all at once; monotonic ms. */
  get nextSweepAt(): number {
    const sweeps = Math.floor((performance.now() - this.#startedAt) / SWEEP_EVERY_MS);
    return this.#startedAt + (sweeps + 1) * SWEEP_EVERY_MS;
  }

  /** Whether everything on the node waits, for a thread that has to be joined. */
  get standsStill(): boolean {
    return this.#standstill !== null;
  }

  /** Settles when commands may run. */
  async mayRun(): Promise<void> {
    while (this.#standstill !== null) await this.#standstill.catch(() => undefined);
  }

  /** `SLAVEOF host port`. @returns an error, or null. */
  async follow(host: string, port: string): Promise<string | null> {
    if (this.cluster !== null) return "ERR can't change to slave in cluster mode";
    if (!/^\d+$/.test(port)) return 'ERR port should be number';
    const master = doubles.get(Number(port));
    if (master === this) return "ERR can't replicate itself";
    if (master === undefined) throw new Error(`no double at ${host}:${port}`);
    const isOwnReplica = this.replicas.includes(master) && master.#link?.isKilled !== true;
    if (isOwnReplica) return "ERR can't replicate your own replicas";
    await this.#followNode(master);
    return null;
  }

  /** `SLAVEOF NO ONE` */
  async promote(): Promise<void> {
    await this.#exclusively(async () => {
      if (this.#link === null) return;
      await this.#joinThread();
      await this.#leave();
      await this.behind.ask('REPLICAOF', 'NO', 'ONE');
    });
  }

  /** `CLUSTERX SETNODES`, or SETNODEID behind it: takes the role that the topology gives to this node. */
  async takeClusterRole(): Promise<void> {
    const { myself = null, myMaster = null } = this.cluster ?? {};
    if (myself === null) return;
    if (myself.masterId === null) return this.promote();
    const master = myMaster === null ? undefined : doubles.get(myMaster.port);
    if (master !== undefined) await this.#followNode(master);
  }

  /** `CLIENT KILL TYPE slave`. @returns how many were killed. */
  killReplicas(): number {
    const { length } = this.replicas;
    this.#dead.clear();
    for (const replica of this.#following()) replica.#link?.kill();
    return length;
  }

  /** `CLIENT KILL ADDR` with the address that a replica announces. (From the source.) @returns how many were killed. */
  killReplica(id: string): number {
    const found = this.replicas.find((each) => each.id === id);
    if (found === undefined) return 0;
    if (!this.#dead.delete(found)) found.#link?.kill();
    return 1;
  }

  /** The node has something to send, and notices who is not there any more. */
  missDeadReplicas(): void {
    this.#dead.clear();
  }

  /** Ends as a process does that dies. */
  async crash(why: string): Promise<void> {
    this.crashed = why;
    await this.#end();
  }

  /** Ends the process. Its data is on its disk, as with a Kvrocks. */
  async stop(): Promise<void> {
    await this.server.send('SAVE');
    await this.#end();
  }

  /** Starts the process again, on the same port, with what it wrote down of its role. */
  async startAgain(): Promise<void> {
    await this.server.restart();
    await this.#leave();
    this.#dead.clear();
    this.pause.end();
    this.#listener = this.#listen(createServer({ noDelay: true }).listen(this.port, '127.0.0.1'));
    await once(this.#listener, 'listening');
    this.#isRunning = true;
    if (this.cluster !== null) return this.takeClusterRole();
    const { written } = this;
    const master = [...doubles.values()].find((each) => written !== 'master' && each.id === written.slaveOf);
    if (master !== undefined) await this.#followNode(master);
  }

  async dispose(): Promise<void> {
    doubles.delete(this.port);
    this.pause.end();
    await this.#link?.close();
    if (this.#isRunning) await this.#end();
    await this.server.dispose();
  }

  #listen(listener: Server): Server {
    return listener.on('connection', (socket) => {
      const connection = new DoubleConnection(this, this.#nextId++, socket);
      this.connections.set(connection.id, connection);
      socket.once('close', () => this.connections.delete(connection.id));
    });
  }

  async #end(): Promise<void> {
    this.#isRunning = false;
    this.#listener.close();
    this.behind.close();
    for (const connection of this.connections.values()) connection.destroy();
    await this.server.kill();
    for (const replica of this.#following()) void replica.#link?.lose();
  }

  /** All whose master this is, whether they get its stream or not. */
  #following(): readonly KvrocksDouble[] {
    return [...doubles.values()].filter((each) => each.master === this);
  }

  async #followNode(master: KvrocksDouble): Promise<void> {
    await this.#exclusively(async () => {
      if (this.master === master) return;
      // From the source: the thread that follows the former master is joined here too.
      if (this.#link !== null) await this.#joinThread();
      await this.#leave();
      master.#dead.delete(this);
      this.namespaces.adopt(master.namespaces);
      this.#link = new ReplicationLink(this, master, this.#options.tickJitterMs ?? 0);
      await this.#link.open();
    });
  }

  /** The thread looks whether it should stop only when its timer ticks. */
  async #joinThread(): Promise<void> {
    if (this.#link !== null) await sleepUntil(this.#link.timer.nextAfter(performance.now()));
  }

  /** Everything else on the node waits for `work`, another such work too. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    // Not by a call: between its end and the next line another one could begin.
    while (this.#standstill !== null) await this.#standstill.catch(() => undefined);
    const standstill = work();
    this.#standstill = standstill;
    try {
      await standstill;
    } finally {
      this.#standstill = null;
    }
  }

  async #leave(): Promise<void> {
    const link = this.#link;
    this.#link = null;
    this.namespaces.adopt(null);
    await link?.close();
    if (link === null || link.isKilled || link.state === 'broken') return;
    const { master } = link;
    master.#dead.add(this);
    setTimeout(() => master.#dead.delete(this), NOTICES_DEAD_REPLICA_AFTER_MS).unref();
  }
}
