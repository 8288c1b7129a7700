import type { Endpoint } from '../world/endpoint.js';
import type { Network } from '../world/network.js';
import { SimProcess } from '../world/sim-process.js';
import { Refusal, Status, type Answer } from './answer.js';
import { BlockedCalls } from './blocked-calls.js';
import { COMMANDS, mayReplicate, type ModelledCommand } from './command-list.js';
import { ServerConnection } from './connection.js';
import { Keyspace } from './keyspace.js';
import { ReplicaSide } from './replica-side.js';
import { ReplicationStream } from './replication-stream.js';
import { runCommand } from './run-command.js';
import { WritePause } from './write-pause.js';

const READONLY = "READONLY You can't write against a read only replica.";

/** What a subscriber in RESP2 may say. */
const SAID_WHILE_SUBSCRIBED: ReadonlySet<string> = new Set(['subscribe', 'unsubscribe', 'ping', 'quit', 'reset']);
/** What is not queued in MULTI. */
const NOT_QUEUED: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/**
 * A small Redis 7: one thread, asynchronous replication with partial resync, CLIENT PAUSE, MULTI, WATCH, BLPOP, pub/sub, scripts.
 * It does what the real one does in the order in which `processCommand` does it; a test says the same words to both.
 */
export class SimServer {
  readonly address: string;
  readonly network: Network;
  readonly connections = new Set<ServerConnection>();
  readonly keyspace = new Keyspace();
  readonly scripts = new Set<string>();
  readonly stream: ReplicationStream;
  readonly upstream: ReplicaSide;
  readonly pause: WritePause;
  readonly blocked: BlockedCalls;
  /** Whom it follows after a restart; '': nobody. */
  configured = '';
  loading = false;
  runId = '';
  commands = 0;
  #process: SimProcess;
  #lastId = 0;
  #starts = 0;

  constructor(address: string, network: Network, number: number) {
    this.address = address;
    this.network = network;
    this.#process = new SimProcess(address, number);
    this.stream = new ReplicationStream(this);
    this.upstream = new ReplicaSide(this);
    this.pause = new WritePause(this);
    this.blocked = new BlockedCalls(this);
    this.#start();
  }

  get process(): SimProcess {
    return this.#process;
  }

  get isMaster(): boolean {
    return this.upstream.master === '';
  }

  /** SIGKILL. What it has acknowledged is on its disk. */
  kill(): void {
    this.#process.kill();
    this.connections.clear();
    this.blocked.clear();
    this.stream.clear();
    this.loading = false;
  }

  restart(): void {
    if (this.#process.alive) return;
    this.#process = new SimProcess(this.address, this.#process.number);
    this.scripts.clear();
    this.pause.reset();
    this.upstream.forget();
    this.#start();
  }

  /** `REPLICAOF`; '' is NO ONE. */
  follow(master: string): void {
    if (this.upstream.master === master) return;
    if (master === '') {
      this.stream.shiftId();
      this.upstream.leave();
    } else {
      this.blocked.disconnectAll();
      this.upstream.follow(master);
    }
    this.stream.dropReplicas();
  }

  end(connection: ServerConnection): void {
    if (!this.connections.delete(connection)) return;
    this.blocked.leave(connection);
    this.stream.forget(connection);
    connection.endpoint.close();
  }

  /** Takes what has arrived on it, as far as it may go on. */
  serve(connection: ServerConnection): void {
    while (connection.blocked === null && !connection.postponed && this.connections.has(connection)) {
      const words = connection.pending.shift();
      if (words === undefined) return;
      this.commands++;
      const answer = this.judge(connection, words);
      if (answer !== null) connection.say(answer.answer);
      this.afterCommand();
    }
  }

  /** Of words that were queued. */
  commandOf(words: readonly string[]): ModelledCommand {
    const command = find(words);
    if (command === null) throw new Error(`the model has no ${words.join(' ')}`);
    return command;
  }

  /** Runs what a command has made possible: calls that waited, writes that were held. */
  afterCommand(): void {
    this.blocked.serveReady();
    for (const connection of this.pause.released()) {
      connection.postponed = false;
      this.serve(connection);
    }
  }

  touch(keys: readonly string[]): void {
    for (const key of keys) this.blocked.noteReady(key);
    for (const connection of this.connections) {
      if (keys.some((key) => connection.watched.has(key))) connection.dirty = true;
    }
  }

  /** Other data than before: nothing that was watched can be relied on. */
  replaced(): void {
    for (const connection of this.connections) if (connection.watched.size > 0) connection.dirty = true;
  }

  /** @returns null when there is no answer now. */
  judge(connection: ServerConnection, words: readonly string[]): { readonly answer: Answer } | null {
    const command = find(words);
    const refuse = (text: string): { readonly answer: Answer } => {
      if (connection.queue === null) return { answer: new Refusal(text) };
      connection.spoiled = true;
      if (command?.name !== 'exec') return { answer: new Refusal(text) };
      connection.leaveMulti();
      return { answer: new Refusal(`EXECABORT Transaction discarded because of: ${text}`) };
    };
    if (command === null) return refuse(unknownCommand(words));
    if (!hasArity(command, words)) return refuse(`ERR wrong number of arguments for '${command.name}' command`);
    const queued = command.name === 'exec' ? (connection.queue ?? []).map(find) : [];
    const writes = [command, ...queued].some((each) => each?.flags.has('write') === true);
    if (writes && !this.isMaster) return refuse(READONLY);
    const isSubscriber = connection.channels.size > 0;
    if (isSubscriber && !SAID_WHILE_SUBSCRIBED.has(command.name)) {
      return refuse(
        `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
    }
    if (this.loading && !command.flags.has('loading')) return refuse('LOADING Redis is loading the dataset in memory');
    const isHeld = [command, ...queued].some((each) => each !== null && mayReplicate(each));
    if (isHeld && this.pause.active) {
      connection.postponed = true;
      connection.pending.unshift(words);
      this.pause.hold(connection);
      return null;
    }
    if (connection.queue !== null && !NOT_QUEUED.has(command.name)) {
      connection.queue.push(words);
      return { answer: QUEUED };
    }
    return runCommand(this, connection, command, words);
  }

  #start(): void {
    this.runId = `${this.#process.number}-${++this.#starts}`;
    this.stream.restart(this.runId);
    this.network.listen(this.address, { process: this.#process, accept: (endpoint) => this.#accept(endpoint) });
    if (this.configured !== '') this.upstream.follow(this.configured);
    this.stream.keepAlive();
  }

  #accept(endpoint: Endpoint): void {
    const end = (): void => this.end(connection);
    const connection: ServerConnection = new ServerConnection(++this.#lastId, endpoint, () => undefined, end);
    this.connections.add(connection);
    endpoint.events = {
      opened: () => undefined,
      data: (bytes) => {
        connection.take(bytes);
        this.serve(connection);
      },
      ended: end,
      failed: end,
      taken: () => undefined,
    };
    endpoint.reading = true;
  }
}

const QUEUED = new Status('QUEUED');

function find(words: readonly string[]): ModelledCommand | null {
  const [first = '', second = ''] = words;
  const name = first.toLowerCase();
  return COMMANDS.get(`${name}|${second.toLowerCase()}`) ?? COMMANDS.get(name) ?? null;
}

function hasArity({ arity }: ModelledCommand, words: readonly string[]): boolean {
  return arity < 0 ? words.length >= -arity : words.length === arity;
}

function unknownCommand([name = '', ...args]: readonly string[]): string {
  return `ERR unknown command '${name}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`;
}
