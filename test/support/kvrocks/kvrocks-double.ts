import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { RedisServer } from '../redis-server.js';
import { Relay } from '../relay.js';
import { DoubleConnection } from './double-connection.js';
import { kvrocksCommands, type KvrocksCommand } from './double-command-list.js';
import { ReplicationTimer } from './replication-timer.js';
import { WritePause } from './write-pause.js';

export interface KvrocksDoubleOptions {
  /** Default: one that has `CLIENT PAUSE`. */
  readonly version?: string;
  readonly hasPause?: boolean;
}

/** What `CONFIG REWRITE` wrote: whom to follow after a restart. */
export type WrittenRole = { readonly slaveOf: string } | 'master';

/** A Kvrocks that lost its link sleeps so long before it connects again, ms. (Measured.) */
const RECONNECT_AFTER_MS = 1000;
/** So long a master takes a replica that has left for one of its own when it has nothing to send to it, ms. (Measured: 2,500 to 4,600.) */
const NOTICES_DEAD_REPLICA_AFTER_MS = 3000;
/** A link whose other end was killed breaks within this time, ms. (Measured.) */
const BREAKS_WITHIN_MS = 100;

/** All that run in this process, by port: they follow each other. */
const doubles = new Map<number, KvrocksDouble>();

/**
 * Stands in for a Kvrocks node, which no Debian package provides: a real redis-server keeps and replicates the data, and this answers in
 * front of it as a recorded Kvrocks did (unstable of 2024-10, and the same with `CLIENT PAUSE`). What follows the recordings:
 * INFO, ROLE, SLAVEOF and its refusals, CLIENT, COMMAND, HELLO, SELECT, the wording of errors, the wait of a promotion for a timer while the
 * whole node stands still, the process that ends when ROLE is asked during the restore of a full synchronisation, blocked calls that
 * are told nothing. What does not: offsets are bytes of the redis-server's stream, MULTI on a replica, namespaces, cluster mode.
 */
export class KvrocksDouble {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly server: RedisServer;
  readonly pause = new WritePause();
  readonly version: string;
  readonly hasPause: boolean;
  /** What COMMAND lists, by name. */
  readonly commands: ReadonlyMap<string, KvrocksCommand>;
  /** How often ROLE was asked. */
  rolesAsked = 0;
  /** Why the process has ended, if it has. */
  crashed = '';
  /** A full synchronisation is being restored. Set by tests. */
  restoring = false;
  written: WrittenRole = 'master';
  readonly connections = new Map<number, DoubleConnection>();
  readonly #listener: Server;
  readonly #timer = new ReplicationTimer();
  #master: KvrocksDouble | null = null;
  #relay: Relay | null = null;
  #linkBroken = false;
  /** The master has ended the link, and knows. */
  #isKilled = false;
  /** Replicas that have left, and are still taken for such. */
  readonly #dead = new Set<KvrocksDouble>();
  /** Everything on the node waits for it. */
  #standstill: Promise<void> | null = null;
  #nextId = 1;

  private constructor(
    listener: Server,
    port: number,
    server: RedisServer,
    commands: ReadonlyMap<string, KvrocksCommand>,
    options: KvrocksDoubleOptions,
  ) {
    this.#listener = listener;
    this.port = port;
    this.server = server;
    this.commands = commands;
    this.hasPause = options.hasPause ?? true;
    this.version = options.version ?? (this.hasPause ? '2.15.0' : '2.10.1');
    doubles.set(port, this);
    listener.on('connection', (socket) => {
      const connection = new DoubleConnection(this, this.#nextId++, socket);
      this.connections.set(connection.id, connection);
      socket.once('close', () => this.connections.delete(connection.id));
    });
  }

  static async start(options: KvrocksDoubleOptions = {}): Promise<KvrocksDouble> {
    // A PING to the replicas would move the offset; Kvrocks' pings do not.
    const server = await RedisServer.start({ config: { 'repl-ping-replica-period': '3600' } });
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

  get master(): KvrocksDouble | null {
    return this.#master;
  }

  get linkBroken(): boolean {
    return this.#linkBroken;
  }

  /** Those that follow this node, and those that did and are not missed yet. */
  get replicas(): readonly KvrocksDouble[] {
    const live = [...doubles.values()].filter((each) => each.#master === this && !each.#isKilled);
    return [...live, ...this.#dead];
  }

  /** Settles when commands may run. */
  async mayRun(): Promise<void> {
    while (this.#standstill !== null) await this.#standstill;
  }

  /** `SLAVEOF host port`. @returns an error, or null. */
  async follow(host: string, port: string): Promise<string | null> {
    if (!/^\d+$/.test(port)) return 'ERR port should be number';
    const master = doubles.get(Number(port));
    if (master === this) return "ERR can't replicate itself";
    if (master === undefined) throw new Error(`no double at ${host}:${port}`);
    if (this.replicas.includes(master)) return "ERR can't replicate your own replicas";
    if (this.#master === master) return null;
    this.#leave();
    this.#master = master;
    await this.#connect();
    return null;
  }

  /** `SLAVEOF NO ONE`: waits for the timer of the replication thread, and everything on the node with it. */
  async promote(): Promise<void> {
    if (this.#master === null) return;
    const standstill = this.#promote();
    this.#standstill = standstill;
    await standstill;
    this.#standstill = null;
  }

  /** `CLIENT KILL TYPE slave`. @returns how many were killed. */
  killReplicas(): number {
    const { replicas } = this;
    this.#dead.clear();
    for (const replica of replicas) {
      if (replica.#master !== this) continue;
      replica.#isKilled = true;
      void replica.#breakLink();
    }
    return replicas.length;
  }

  /** Ends as a process does that dies. */
  async crash(why: string): Promise<void> {
    this.crashed = why;
    this.#listener.close();
    for (const connection of this.connections.values()) connection.destroy();
    await this.server.kill();
  }

  async dispose(): Promise<void> {
    doubles.delete(this.port);
    this.pause.end();
    this.#listener.close();
    for (const connection of this.connections.values()) connection.destroy();
    await this.#relay?.close();
    await this.server.dispose();
  }

  async #promote(): Promise<void> {
    await delay(this.#timer.untilTickMs);
    await this.server.send('REPLICAOF', 'NO', 'ONE');
    this.#leave();
  }

  #leave(): void {
    const master = this.#master;
    const isKilled = this.#isKilled;
    this.#master = null;
    this.#linkBroken = false;
    this.#isKilled = false;
    void this.#relay?.close();
    this.#relay = null;
    if (master === null || isKilled) return;
    master.#dead.add(this);
    setTimeout(() => master.#dead.delete(this), NOTICES_DEAD_REPLICA_AFTER_MS).unref();
  }

  async #breakLink(): Promise<void> {
    const relay = this.#relay;
    await delay(Math.random() * BREAKS_WITHIN_MS);
    if (this.#relay !== relay) return;
    this.#linkBroken = true;
    await relay?.close();
    await delay(RECONNECT_AFTER_MS);
    if (this.#relay !== relay) return;
    await this.#connect();
    this.#linkBroken = false;
    this.#isKilled = false;
  }

  /** By a relay of its own: redis-server connects at once to an address that is new to it, and goes on where it was. */
  async #connect(): Promise<void> {
    if (this.#master === null) return;
    this.#timer.restart();
    const relay = await Relay.start(this.#master.server);
    this.#relay = relay;
    await this.server.send('REPLICAOF', relay.host, String(relay.port));
  }
}
