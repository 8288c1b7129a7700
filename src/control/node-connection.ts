/**
 * The control connection to one node.
 *
 * 1. `connect` dials, and introduces itself in one write: AUTH, CLIENT SETNAME, CLIENT INFO, INFO server.
 * 2. `call` and `pipeline` send, each in one write, and wait for the answers no longer than they are told to.
 * 3. What went wrong is said in three words that a switch can act on: `refused` (the server's own error), `unsent` (there
 *    was no connection), `unknown` (sent, and no answer). Nothing is ever sent a second time.
 *
 * An answer that comes too late is paired with its command and dropped, so a connection survives a timeout, and what is
 * asked on it next is answered *behind* the command whose answer was missed. A connection that stays silent twice in a
 * row is given up, because a peer that vanished without a word (a lost NAT entry) looks the same for ever.
 */
import { Redis } from 'ioredis';
import { parseNodeId, type NodeId } from '../config/node-address.js';
import type { ConnectionIdentity } from '../switchover/intent.js';
import { NodeError } from '../switchover/ports.js';
import { endedEarlyWords, isReset, tooLateWords } from '../tls/dial-words.js';
import { tlsErrorWords } from '../tls/tls-error-words.js';
import type { TlsTo } from '../tls/node-tls.js';
import { TIMED_OUT, within } from './deadline.js';
import { parseInfo, type InfoFields } from './info-fields.js';
import type { CommandLine, NodeLink, Reply } from './node-link.js';

/** How Holdfast gets in to the servers. Without a password it does not log in, without `tlsTo` it speaks plain text. */
export interface NodeCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly tlsTo?: TlsTo;
}

/** What a server said when it was greeted. */
export interface Greeting {
  /** `INFO server`. */
  readonly server: InfoFields;
  /** How the server names this connection; null where `CLIENT INFO` is not there or not allowed. */
  readonly peer: ConnectionIdentity | null;
}

/** The name that operators see in `CLIENT LIST` of a server. */
const CONNECTION_NAME = 'holdfast';

/** Silences in a row after which a connection counts as dead. One is a hiccup, and its answer may still come. */
const SILENCES_UNTIL_DEAD = 2;

const CLOSED_BY_NODE = 'the connection was closed by the node';

/** ioredis' words for a command that it did not write. */
const NOT_WRITTEN = "Stream isn't writeable and enableOfflineQueue options is false";

interface OpenConnection {
  readonly redis: Redis;
  readonly greeting: Greeting;
}

export class NodeConnection implements NodeLink {
  readonly node: NodeId;
  readonly #credentials: NodeCredentials;
  #open: OpenConnection | null = null;
  #dialling: Promise<OpenConnection> | null = null;
  #dialled: Redis | null = null;
  #silences = 0;
  #lastError = 'not connected';
  /** What the system calls that, else empty. */
  #lastCode = '';

  constructor(node: NodeId, credentials: NodeCredentials = {}) {
    this.node = node;
    this.#credentials = credentials;
  }

  /** Of the open connection; null while there is none. */
  get greeting(): Greeting | null {
    return this.#open?.greeting ?? null;
  }

  /** Dials and logs in, unless that is done. Callers that come meanwhile share one dial, each with its own patience. */
  async connect(timeoutMs: number): Promise<Greeting> {
    if (this.#open !== null) return this.#open.greeting;
    this.#dialling ??= this.#dial(timeoutMs).finally(() => {
      this.#dialling = null;
    });
    const opened = await within(this.#dialling, timeoutMs);
    if (opened === TIMED_OUT) {
      throw new NodeError(this.node, 'unsent', tooLateWords(this.#dialled?.stream, timeoutMs));
    }
    return opened.greeting;
  }

  async call(command: CommandLine, timeoutMs: number): Promise<Reply> {
    const [reply] = await this.pipeline([command], timeoutMs);
    if (reply instanceof NodeError) throw reply;
    return reply ?? null;
  }

  async pipeline(commands: readonly CommandLine[], timeoutMs: number): Promise<readonly (Reply | NodeError)[]> {
    if (this.#open === null) throw this.#notConnected();
    const { redis } = this.#open;
    const answered = await within(send(redis, commands), timeoutMs);
    if (answered === TIMED_OUT) {
      this.#silent(redis);
      throw new NodeError(this.node, 'unknown', `no answer to ${nameOf(commands)} within ${timeoutMs} ms`);
    }
    if (this.#open?.redis === redis) this.#silences = 0;
    const replies = answered.map(([error, reply]) =>
      error === null ? (reply as Reply) : this.#failure(error, commands),
    );
    const broken = replies.find((reply) => reply instanceof NodeError && reply.kind !== 'refused');
    if (broken instanceof NodeError) throw broken;
    return replies;
  }

  /**
   * Makes a subscriber of the open connection: nothing else can be asked on it any more. Rejects as {@link call} does.
   *
   * @param heard called with each message.
   * @param ended called once when the connection ends, for whatever reason.
   */
  async subscribe(
    channels: readonly string[],
    heard: (channel: string, message: string) => void,
    ended: () => void,
    timeoutMs: number,
  ): Promise<void> {
    if (this.#open === null) throw this.#notConnected();
    const { redis } = this.#open;
    redis.on('message', heard);
    redis.once('close', ended);
    const subscribed = redis.subscribe(...channels).catch((error: unknown) => {
      throw this.#failure(error, [['SUBSCRIBE']]);
    });
    if ((await within(subscribed, timeoutMs)) !== TIMED_OUT) return;
    throw new NodeError(this.node, 'unknown', `no answer to SUBSCRIBE within ${timeoutMs} ms`);
  }

  /** Ends the connection, also one that is being dialled; commands in flight become `unknown`. */
  close(): void {
    this.#lastError = 'not connected';
    this.#open?.redis.disconnect();
    this.#open = null;
    this.#dialled?.disconnect();
  }

  async #dial(timeoutMs: number): Promise<OpenConnection> {
    const address = parseNodeId(this.node);
    if (address === null) throw new NodeError(this.node, 'unsent', 'not an address (host:port)');
    const { tlsTo } = this.#credentials;
    const redis = new Redis({
      ...address,
      // Asked for at each dial: certificates are renewed.
      ...(tlsTo === undefined ? {} : { tls: tlsTo(address.host) }),
      // 0: whatever family the name resolves to.
      family: 0,
      noDelay: true,
      keepAlive: 30_000,
      // Dialled by `connect` alone, at a time of our choosing.
      lazyConnect: true,
      retryStrategy: () => null,
      // `within` below bounds the connection and the greeting together, and knows how far it came.
      connectTimeout: 0,
      // A closed connection is closed, also when the peer does not answer the FIN.
      disconnectTimeout: 1,
      // Each call has its own patience; a timeout here would be one for all.
      commandTimeout: undefined,
      // A command is written now or never, and once.
      enableOfflineQueue: false,
      enableAutoPipelining: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      // A node that loads its data set answers the commands that matter here; waiting for it would hide that.
      enableReadyCheck: false,
      // What ioredis would send by itself is sent below, where a refusal can be read.
      disableClientInfo: true,
      protocol: 2,
    });
    this.#dialled = redis;
    let failure: Error | undefined;
    redis.on('error', (error: Error) => {
      failure = error;
      this.#lastError = wordsOf(error);
      this.#lastCode = codeOf(error);
    });
    try {
      const greeting = await within(
        redis.connect().then(() => this.#greet(redis)),
        timeoutMs,
      );
      if (greeting === TIMED_OUT) throw new Error(tooLateWords(redis.stream, timeoutMs));
      if (redis.status !== 'ready') throw failure ?? new Error(endedEarlyWords(redis.stream));
      redis.once('close', () => this.#lost(redis));
      this.#silences = 0;
      this.#open = { redis, greeting };
      return this.#open;
    } catch (error) {
      redis.disconnect();
      if (error instanceof NodeError && error.kind === 'refused') throw error;
      // Nothing but the greeting was sent, and that has no effect: whatever the caller wanted did not run.
      const hungUp = failure === undefined ? error instanceof NodeError : isReset(failure);
      this.#lastError = hungUp ? endedEarlyWords(redis.stream) : wordsOf(failure ?? error);
      this.#lastCode = codeOf(failure);
      throw this.#notConnected();
    } finally {
      this.#dialled = null;
    }
  }

  async #greet(redis: Redis): Promise<Greeting> {
    const { username, password } = this.#credentials;
    const login: CommandLine[] =
      password === undefined ? [] : [username === undefined ? ['AUTH', password] : ['AUTH', username, password]];
    const commands = [...login, ['CLIENT', 'SETNAME', CONNECTION_NAME], ['CLIENT', 'INFO'], ['INFO', 'server']];
    const answers = await send(redis, commands);
    const failed = login.length > 0 ? answers[0]?.[0] : null;
    if (failed instanceof Error) throw this.#failure(failed, login);
    const [info, server] = answers.slice(-2);
    // One that has no room for another client says so in answer to the first command, and hangs up: it is there.
    const refusal = answers.find(([refused]) => refused?.name === 'ReplyError' && server?.[0] !== null)?.[0];
    if (server === undefined || server[0] !== null) throw this.#failure(refusal ?? server?.[0], [['INFO']]);
    const peer = info === undefined || info[0] !== null ? null : parseIdentity(String(info[1]));
    return { server: parseInfo(String(server[1])), peer };
  }

  #notConnected(): NodeError {
    return new NodeError(this.node, 'unsent', this.#lastError, this.#lastCode);
  }

  /** Whatever did not come from the server says nothing about whether the command ran. */
  #failure(error: unknown, commands: readonly CommandLine[]): NodeError {
    const message = wordsOf(error);
    if (error instanceof Error && error.name === 'ReplyError') {
      return new NodeError(this.node, 'refused', message, /^[A-Z][A-Z0-9]*(?=\s|$)/.exec(message)?.[0] ?? '');
    }
    if (message === NOT_WRITTEN) return this.#notConnected();
    return new NodeError(this.node, 'unknown', `the connection broke before the answer to ${nameOf(commands)}`);
  }

  #silent(redis: Redis): void {
    this.#silences += 1;
    if (this.#silences >= SILENCES_UNTIL_DEAD && this.#open?.redis === redis) {
      this.close();
      this.#lastError = 'the node stopped answering';
    }
  }

  #lost(redis: Redis): void {
    if (this.#open?.redis !== redis) return;
    this.#open = null;
    this.#lastError = CLOSED_BY_NODE;
  }
}

/** One string, one write: ioredis hands a pipeline to the socket as a whole, in the same turn. */
async function send(redis: Redis, commands: readonly CommandLine[]): Promise<readonly [Error | null, unknown][]> {
  const pipeline = redis.pipeline();
  for (const [name = '', ...args] of commands) pipeline.call(String(name), ...args);
  return (await pipeline.exec()) ?? [];
}

/** The commands by name, without arguments: those may be secrets. */
function nameOf(commands: readonly CommandLine[]): string {
  return commands.map(([name]) => name).join(', ');
}

/** `id=7 addr=127.0.0.1:4711 …`, the line of CLIENT INFO. */
function parseIdentity(line: string): ConnectionIdentity | null {
  const id = /(?:^|\s)id=(\d+)/.exec(line)?.[1];
  const addr = /\saddr=(\S+)/.exec(line)?.[1];
  return id === undefined || addr === undefined ? null : { id, addr };
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name can not be looked up at the moment',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return SYSTEM_ERRORS[codeOf(error)] ?? tlsErrorWords(error) ?? error.message;
}
