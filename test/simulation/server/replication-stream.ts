import { encodeWords, Status } from './answer.js';
import type { ServerConnection } from './connection.js';
import type { SimServer } from './sim-server.js';

/** How long a full sync takes to begin (a fork), and how long a replica needs to load it, ms. */
const SAVE_MS: readonly [number, number] = [1, 20];

/** What a server says of its data to those who follow it: the stream, how far it goes, and under which name. */
export class ReplicationStream {
  readonly #server: SimServer;
  id = '';
  /** The name that the stream had before, good up to and not including `#secondOffset`. */
  #secondId = '';
  #secondOffset = -1;
  offset = 0;
  /** The last bytes of the stream, which begin behind `#backlogStart`. */
  #backlog = '';
  #backlogStart = 0;
  /** Bytes that the backlog keeps. */
  backlogBytes = 1024 * 1024;
  pingMs = 10_000;
  fullSyncs = 0;
  partialSyncs = 0;
  #db = -1;
  #shifts = 0;
  readonly #replicas = new Set<ServerConnection>();

  constructor(server: SimServer) {
    this.#server = server;
  }

  get replicas(): readonly ServerConnection[] {
    return [...this.#replicas].filter(({ replica }) => replica?.online === true);
  }

  /** A new process has a stream of its own. */
  restart(name: string): void {
    this.id = `id-${name}`;
    this.#secondId = '';
    this.#secondOffset = -1;
    this.#backlog = '';
    this.#backlogStart = this.offset;
    this.#db = -1;
  }

  /** Commands that have changed the data, of one command of a client. */
  write(db: number, commands: readonly (readonly string[])[]): void {
    if (!this.#server.isMaster || commands.length === 0) return;
    const select = db === this.#db ? [] : [['SELECT', String(db)]];
    this.#db = db;
    const whole = commands.length === 1 ? commands : [['MULTI'], ...commands, ['EXEC']];
    this.feed([...select, ...whole].map(encodeWords).join(''));
  }

  /** Bytes of the stream: a master's own, or those that a replica has applied. */
  feed(bytes: string): void {
    this.offset += bytes.length;
    this.#backlog += bytes;
    if (this.#backlog.length > this.backlogBytes) {
      this.#backlogStart += this.#backlog.length - this.backlogBytes;
      this.#backlog = this.#backlog.slice(-this.backlogBytes);
    }
    for (const { endpoint } of this.replicas) endpoint.send(Buffer.from(bytes));
  }

  /** PSYNC: from then on the connection is a replica's. */
  sync(connection: ServerConnection, id: string, from: number, address: string): void {
    this.#replicas.add(connection);
    connection.replica = { address, offset: from, online: false };
    const goesOn = id === this.id || (id === this.#secondId && from <= this.#secondOffset);
    const isThere = from >= this.#backlogStart && from <= this.offset;
    if (goesOn && isThere) {
      this.partialSyncs++;
      connection.replica.online = true;
      connection.say(new Status(`CONTINUE ${this.id}`));
      connection.endpoint.send(Buffer.from(this.#backlog.slice(from - this.#backlogStart)));
    } else {
      this.#syncFully(connection);
    }
  }

  forget(connection: ServerConnection): void {
    this.#replicas.delete(connection);
  }

  clear(): void {
    this.#replicas.clear();
  }

  /** Those who follow have to ask anew whether they may go on. */
  dropReplicas(): void {
    for (const connection of this.#replicas) this.#server.end(connection);
    this.#replicas.clear();
  }

  /** A replica becomes a master: what it writes from now on is another history. */
  shiftId(): void {
    this.adoptId(`${this.#server.runId}+${++this.#shifts}`);
  }

  /** The stream goes on under another name. */
  adoptId(id: string): void {
    if (id === this.id) return;
    this.#secondId = this.id;
    this.#secondOffset = this.offset;
    this.id = id;
    this.#db = -1;
  }

  /** A whole other history. */
  replace(id: string, offset: number): void {
    this.id = id;
    this.#secondId = '';
    this.#secondOffset = -1;
    this.offset = offset;
    this.#backlog = '';
    this.#backlogStart = offset;
    this.#db = -1;
    this.dropReplicas();
  }

  /** A master lets its replicas know that it is there, now and then: that is in the stream too. */
  keepAlive(): void {
    this.#server.network.loop.after(this.#server.process, this.pingMs, 'repl ping', () => {
      if (this.#server.isMaster && this.replicas.length > 0) this.feed(encodeWords(['PING']));
      this.keepAlive();
    });
  }

  #syncFully(connection: ServerConnection): void {
    const { network, process, keyspace } = this.#server;
    network.loop.after(process, network.loop.dice.between(...SAVE_MS), 'rdb saved', () => {
      if (!this.#replicas.has(connection) || connection.replica === null) return;
      this.fullSyncs++;
      connection.replica.online = true;
      connection.say(new Status(`FULLRESYNC ${this.id} ${this.offset}`));
      connection.say(keyspace.snapshot());
      // The next thing in the stream says again which database it means.
      this.#db = -1;
    });
  }
}
