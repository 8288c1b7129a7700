import type { Socket } from 'node:net';
import Parser from 'redis-parser';
import { frameEnd } from '../frame-end.js';
import { RawClient } from '../raw-client.js';
import { answerClient } from './double-client-commands.js';
import { infoText } from './double-info.js';
import { encodeReply, OK, unknownCommand, type Value } from './double-replies.js';
import type { KvrocksDouble } from './kvrocks-double.js';

/** What is passed on is answered by the redis-server, with as much time as it wants. */
const FOREVER_MS = 2 ** 31 - 1;

const STREAMING: ReadonlySet<string> = new Set(['subscribe', 'psubscribe', 'ssubscribe', 'monitor']);

/** One connection to a double. It answers one request after the other, as one of Kvrocks does. */
export class DoubleConnection {
  readonly id: number;
  readonly addr: string;
  name = '';
  readonly #node: KvrocksDouble;
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #busy = false;
  #server: RawClient | null = null;
  /** It listens: what the server says goes to it as it comes. */
  #streams = false;

  constructor(node: KvrocksDouble, id: number, socket: Socket) {
    this.#node = node;
    this.id = id;
    this.addr = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => this.#server?.close());
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      if (!this.#busy) void this.#answerAll();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #answerAll(): Promise<void> {
    this.#busy = true;
    for (let end = this.#requestEnd(); end > 0 && !this.#socket.destroyed; end = this.#requestEnd()) {
      const frame = this.#received.subarray(0, end);
      this.#received = this.#received.subarray(end);
      const reply = await this.#answer(frame);
      // Nothing is said to who was blocked when the role changed; nor does anything that it asks come through.
      if (reply === null) return;
      this.#socket.write(reply);
    }
    this.#busy = false;
  }

  #requestEnd(): number {
    return this.#received.length === 0 ? -1 : frameEnd(this.#received, 0);
  }

  /** @returns null when there never is an answer. */
  async #answer(frame: Buffer): Promise<Buffer | null> {
    const node = this.#node;
    const words = decode(frame);
    const name = (words[0] ?? '').toLowerCase();
    await node.mayRun();
    const value = await this.#answerHere(name, words);
    if (value !== undefined) return encodeReply(value);
    if (!node.commands.has(name)) return encodeReply(unknownCommand(words));
    // The whole connection waits, with all that stands behind the write. EXEC does not.
    if (node.commands.get(name)?.write === true) await node.pause.over();
    await node.mayRun();
    return this.#passOn(name, frame);
  }

  async #answerHere(name: string, words: readonly string[]): Promise<Value | undefined> {
    const node = this.#node;
    const second = words[1]?.toLowerCase() ?? '';
    switch (name) {
      case 'role':
        return this.#role();
      case 'info':
        return infoText(node, second);
      case 'client':
        return answerClient(node, this, words);
      default:
        if (node.restoring) return { error: 'LOADING kvrocks is restoring the db from backup' };
    }
    switch (name) {
      case 'slaveof': {
        if (words.length !== 3) return { error: 'ERR wrong number of arguments' };
        if (second === 'no') {
          await node.promote();
          return OK;
        }
        const refused = await node.follow(words[1] ?? '', words[2] ?? '');
        return refused === null ? OK : { error: refused };
      }
      case 'config':
        return this.#config(words);
      case 'select':
        return OK;
      case 'hello':
        return hello(words, this);
      case 'command':
        return commandCommand(node, words);
      case 'auth':
        return { error: 'ERR Client sent AUTH, but no password is set' };
      default:
        return undefined;
    }
  }

  async #role(): Promise<Value> {
    const node = this.#node;
    node.rolesAsked++;
    if (node.restoring) {
      await node.crash('ROLE was asked while a full synchronisation was being restored');
      return null;
    }
    const text = await infoText(node, 'replication');
    const field = (key: string): string => new RegExp(`^${key}:(.*)\r$`, 'm').exec(text)?.[1] ?? '';
    const offset = field('master_repl_offset');
    if (node.master === null) {
      const replicas = node.replicas.map((each) => [each.host, String(each.port), offset]);
      return replicas.length === 0 ? ['master', offset] : ['master', offset, replicas];
    }
    const state = field('master_link_status') === 'up' ? 'connected' : 'connecting';
    return ['slave', node.master.host, String(node.master.port), state, offset];
  }

  #config(words: readonly string[]): Value {
    const node = this.#node;
    switch (words[1]?.toLowerCase()) {
      case 'rewrite':
        node.written = node.master === null ? 'master' : { slaveOf: node.master.id };
        return OK;
      case 'get':
        return words[2] === 'slave-priority' ? ['slave-priority', '100'] : [];
      default:
        return OK;
    }
  }

  async #passOn(name: string, frame: Buffer): Promise<Buffer | null> {
    this.#server ??= await RawClient.connect(this.#node.server.target);
    const server = this.#server;
    server.send(frame);
    if (STREAMING.has(name) || this.#streams) {
      this.#stream(server);
      return Buffer.alloc(0);
    }
    try {
      const reply = await server.replies(1, FOREVER_MS);
      if (reply.toString('latin1', 0, 10) === '-UNBLOCKED') return null;
      return Buffer.from(reply.toString('latin1').replace('a read only replica', 'a read only slave'), 'latin1');
    } catch {
      return null;
    }
  }

  #stream(server: RawClient): void {
    if (this.#streams) return;
    this.#streams = true;
    void (async () => {
      while (!this.#socket.destroyed) this.#socket.write(await server.replies(1, FOREVER_MS));
    })().catch(() => undefined);
  }
}

function hello(words: readonly string[], connection: DoubleConnection): Value {
  const wanted = words[1];
  if (wanted !== undefined && !/^\d+$/.test(wanted))
    return { error: 'ERR Protocol version is not an integer or out of range' };
  if (wanted !== undefined && (Number(wanted) < 2 || Number(wanted) > 3)) {
    return { error: 'NOPROTO unsupported protocol version' };
  }
  const at = words.findIndex((word) => word.toLowerCase() === 'setname');
  if (at > 0) connection.name = words[at + 1] ?? '';
  // RESP3 is off unless it is configured, and then who asks for it is told 2, without an error.
  const about: Value = [
    'server',
    'redis',
    'version',
    '4.0.0',
    'proto',
    2,
    'mode',
    'standalone',
    'role',
    'master',
    'modules',
  ];
  return [...about, []];
}

function commandCommand(node: KvrocksDouble, words: readonly string[]): Value {
  const { commands } = node;
  switch (words[1]?.toLowerCase()) {
    case undefined:
      return [...commands.values()].map(({ entry }) => entry);
    case 'count':
      return commands.size;
    case 'info':
      return words.slice(2).map((name) => commands.get(name.toLowerCase())?.entry ?? null);
    default:
      return { error: 'ERR Command subcommand must be one of COUNT, GETKEYS, INFO' };
  }
}

function decode(frame: Buffer): readonly string[] {
  let words: readonly string[] = [];
  const parser = new Parser({
    returnReply: (reply) => (words = reply as readonly string[]),
    returnError: (error) => {
      throw error;
    },
  });
  parser.execute(frame);
  return words;
}
