import type { Socket } from 'node:net';
import Parser from 'redis-parser';
import { frameEnd } from '../frame-end.js';
import { encodeCommand, RawClient } from '../raw-client.js';
import { notServed } from './cluster-commands.js';
import { answerHere } from './double-commands.js';
import { ADMIN_ONLY, encodeReply, OK, unknownCommand, WRONG_ARGUMENTS, type Value } from './double-replies.js';
import { DoubleTransaction } from './double-transaction.js';
import type { KvrocksDouble } from './kvrocks-double.js';
import { databaseOf, DEFAULT_NAMESPACE } from './namespaces.js';

/** What is passed on is answered by the redis-server, with as much time as it wants. */
const FOREVER_MS = 2 ** 31 - 1;

const ABOUT_LISTENING: ReadonlySet<string> = new Set(
  'subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor'.split(' '),
);
const PONG = /^(\+PONG\r\n|\*2\r\n\$4\r\npong\r\n)/;

/** These run inside a transaction instead of being queued. */
const NOT_QUEUED: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

const READ_ONLY: Value = { error: "READONLY You can't write against a read only slave." };

/** One connection to a double. It answers one request after the other, as one of Kvrocks does. */
export class DoubleConnection {
  readonly id: number;
  readonly addr: string;
  name = '';
  /** Empty: it has not authenticated. */
  namespace: string;
  resp: 2 | 3 = 2;
  /** It said READONLY. */
  readOnly = false;
  readonly #node: KvrocksDouble;
  readonly #socket: Socket;
  readonly #transaction = new DoubleTransaction();
  #received: Buffer = Buffer.alloc(0);
  #busy = false;
  #server: RawClient | null = null;
  /** What the connection to the server has been told. */
  #told: { readonly resp: 2 | 3; readonly namespace: string } = { resp: 2, namespace: DEFAULT_NAMESPACE };
  /** From the source: who listens may say whatever others may say. A redis-server would refuse that, so it listens over another one. */
  #listener: RawClient | null = null;
  #onPong: () => void = () => undefined;

  constructor(node: KvrocksDouble, id: number, socket: Socket) {
    this.#node = node;
    this.id = id;
    this.addr = `${socket.remoteAddress}:${socket.remotePort}`;
    this.namespace = node.requirepass === '' ? DEFAULT_NAMESPACE : '';
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => [this.#server, this.#listener].forEach((each) => each?.close()));
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      if (!this.#busy) void this.#answerAll();
    });
  }

  get isAdmin(): boolean {
    return this.namespace === DEFAULT_NAMESPACE;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #answerAll(): Promise<void> {
    this.#busy = true;
    for (let end = this.#requestEnd(); end > 0 && !this.#socket.destroyed; end = this.#requestEnd()) {
      const frame = this.#received.subarray(0, end);
      this.#received = this.#received.subarray(end);
      const reply = await this.#answer(frame).catch((error: unknown) => {
        // A process that has ended leaves its requests without an answer.
        if (this.#node.isRunning && !this.#socket.destroyed) throw error;
        return null;
      });
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
    const refused = this.#refusal(words);
    if (refused !== null) {
      this.#transaction.spoil();
      return this.#encode(refused);
    }
    if (this.#transaction.isOpen && !NOT_QUEUED.has(name)) {
      this.#transaction.queue(frame, words);
      return this.#encode({ status: 'QUEUED' });
    }
    if (name === 'multi') return this.#multi();
    if (name === 'discard') return this.#discard();
    if (name === 'exec') return this.#exec();
    if (name === 'quit') return this.#quit();
    if (name === 'reset') this.#reset();
    if (name === 'watch' && this.#transaction.isOpen) {
      return this.#encode({ error: 'ERR WATCH inside MULTI is not allowed' });
    }
    const readOnly = this.#readOnlyRefusal(words);
    if (readOnly !== null) return this.#encode(readOnly);
    const isWrite = node.commands.get(name)?.write === true;
    // The whole connection waits, with all that stands behind the write. EXEC does not.
    if (isWrite) await node.pause.over();
    // A command that is past the pause may yet have to wait for the lock under which it runs.
    await node.slowed(words);
    await node.mayRun();
    // Meanwhile it may have become a replica, or another's slot.
    const refusedNow = this.#refusal(words) ?? this.#readOnlyRefusal(words);
    if (refusedNow !== null) return this.#encode(refusedNow);
    if (isWrite) node.missDeadReplicas();
    const value = await answerHere(node, this, words);
    return value === undefined ? this.#passOn(name, frame) : this.#encode(value);
  }

  /** Why a command does not even come into a transaction; null: it does. */
  #refusal(words: readonly string[]): Value {
    const node = this.#node;
    const command = node.commands.get((words[0] ?? '').toLowerCase());
    if (command === undefined) return unknownCommand(words);
    const { arity } = command;
    if (arity < 0 ? words.length < -arity : words.length !== arity) return WRONG_ARGUMENTS;
    if (this.namespace === '' && command.name !== 'auth' && command.name !== 'hello') {
      return { error: 'NOAUTH Authentication required.' };
    }
    if (node.restoring && !command.whileLoading) return { error: 'LOADING kvrocks is restoring the db from backup' };
    if (command.forAdmin && !this.isAdmin) return ADMIN_ONLY;
    return node.cluster === null ? null : notServed(node.cluster, command, words, this.readOnly);
  }

  #readOnlyRefusal(words: readonly string[]): Value {
    const node = this.#node;
    if (node.master === null || node.commands.get((words[0] ?? '').toLowerCase())?.write !== true) return null;
    return READ_ONLY;
  }

  #multi(): Buffer {
    if (this.#transaction.isOpen) return this.#encode({ error: 'ERR MULTI calls can not be nested' });
    this.#transaction.begin();
    return this.#encode(OK);
  }

  async #discard(): Promise<Buffer | null> {
    if (!this.#transaction.isOpen) return this.#encode({ error: 'ERR DISCARD without MULTI' });
    this.#transaction.end();
    return this.#passOn('unwatch', encodeCommand('UNWATCH'));
  }

  #quit(): null {
    this.#socket.end(this.#encode(OK));
    return null;
  }

  /** The server behind forgets the same, and answers. */
  #reset(): void {
    this.#transaction.end();
    this.name = '';
    this.resp = 2;
    this.readOnly = false;
    this.namespace = this.#node.requirepass === '' ? DEFAULT_NAMESPACE : '';
    this.#told = { resp: 2, namespace: DEFAULT_NAMESPACE };
  }

  /** Runs what was queued, each command judged as of now; what is refused has its error in the reply. */
  async #exec(): Promise<Buffer | null> {
    if (!this.#transaction.isOpen) return this.#encode({ error: 'ERR EXEC without MULTI' });
    const queued = this.#transaction.end();
    if (queued === null) {
      await this.#passOn('unwatch', encodeCommand('UNWATCH'));
      return this.#encode({ error: 'EXECABORT Transaction discarded' });
    }
    const verdicts: (Value | undefined)[] = [];
    for (const { words } of queued) {
      const refused = this.#refusal(words) ?? this.#readOnlyRefusal(words);
      verdicts.push(refused ?? (await answerHere(this.#node, this, words)));
    }
    const passed = queued.filter((_, at) => verdicts[at] === undefined);
    const server = await this.#dialled();
    server.send(Buffer.concat([encodeCommand('MULTI'), ...passed.map(({ frame }) => frame), encodeCommand('EXEC')]));
    await server.replies(1 + passed.length, FOREVER_MS);
    const executed = await server.replies(1, FOREVER_MS);
    // A watched key had changed, or the server found something wrong that Kvrocks would find, too.
    if (executed[0] !== 0x2a || executed[1] === 0x2d) return executed;
    let at = executed.indexOf('\r\n') + 2;
    const items = verdicts.map((verdict): Value => {
      if (verdict !== undefined) return verdict;
      const from = at;
      at = frameEnd(executed, from);
      return { raw: executed.subarray(from, at) };
    });
    return this.#encode(items);
  }

  async #passOn(name: string, frame: Buffer): Promise<Buffer | null> {
    if (ABOUT_LISTENING.has(name)) return this.#listen(name, frame);
    const server = await this.#dialled();
    server.send(frame);
    try {
      const reply = await server.replies(1, FOREVER_MS);
      const code = reply.toString('latin1', 0, 10);
      if (code === '-UNBLOCKED') return null;
      // It came to the server just when the roles changed.
      return code.startsWith('-READONLY') ? this.#encode(READ_ONLY) : reply;
    } catch {
      return null;
    }
  }

  /** The connection to the server behind, in the RESP version and the namespace of this one. */
  async #dialled(): Promise<RawClient> {
    this.#server ??= await RawClient.connect(this.#node.server.target);
    const server = this.#server;
    const { resp, namespace } = this;
    if (resp !== this.#told.resp) await server.call('HELLO', String(resp));
    if (namespace !== this.#told.namespace) await server.call('SELECT', String(databaseOf(namespace)));
    this.#told = { resp, namespace };
    return server;
  }

  /** What the server says to it goes to the client as it comes; what answers this request has come when this settles. */
  async #listen(name: string, frame: Buffer): Promise<Buffer> {
    if (this.#listener === null) {
      this.#listener = await RawClient.connect(this.#node.server.target);
      if (this.resp === 3) await this.#listener.call('HELLO', '3');
      void this.#stream(this.#listener).catch(() => undefined);
    }
    const pong = new Promise<void>((resolve) => (this.#onPong = resolve));
    this.#listener.send(name === 'monitor' ? frame : Buffer.concat([frame, encodeCommand('PING')]));
    if (name !== 'monitor') await pong;
    return Buffer.alloc(0);
  }

  async #stream(listener: RawClient): Promise<void> {
    while (!this.#socket.destroyed) {
      const said = await listener.replies(1, FOREVER_MS);
      if (PONG.test(said.toString('latin1', 0, 20))) this.#onPong();
      else this.#socket.write(said);
    }
  }

  #encode(value: Value): Buffer {
    return encodeReply(value, this.resp);
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
