import { connect, type Socket } from 'node:net';
import { parseNodeId, type NodeId } from '../../src/config/node-address.js';
import type { ClientHistory } from './client-history.js';
import { readMark, type ClientFrames } from './frames.js';
import { InFlight, type InFlightOperation } from './in-flight.js';
import type { Ledger } from './ledger.js';
import { monotonicMs } from './monotonic.js';
import { OPERATION, operationAt, readerOperationAt, type Operation } from './operation.js';
import { ReplyReader, type ReplySink } from './reply-reader.js';
import { KEYS_PER_CLIENT } from './settings.js';

/** A client that was thrown out comes back soon, and does not spin while nobody listens or while every node refuses it. */
const RECONNECT_AFTER_MS = 5;

/** What a {@link LoadClient} works with; the ledger and the way to the master are shared by all. */
export interface LoadClientParts {
  readonly frames: ClientFrames;
  readonly history: ClientHistory;
  readonly ledger: Ledger;
  readonly maxInFlight: number;
  /** Where to connect now: fixed, announced, or asked for. */
  readonly locate: () => Promise<NodeId>;
  /** On READONLY: let the replies in flight come, connect anew, and try at once again what was refused. */
  readonly follow: boolean;
  /** Writes its keys once, and then reads them. */
  readonly readsOnly: boolean;
}

/**
 * `connecting` → `ready` → (`leaving` →) `connecting` …; `closed` is the end. `leaving`: READONLY was seen, nothing more
 * is sent here, the replies in flight are waited for.
 */
type State = 'connecting' | 'ready' | 'leaving' | 'closed';

/** A write that READONLY refused, and since when it waits. */
interface RefusedWrite {
  readonly operation: Operation;
  readonly key: number;
  readonly startMs: number;
}

/** One application client: a connection, what it has in flight, and what it was told. */
export class LoadClient implements ReplySink {
  readonly #parts: LoadClientParts;
  readonly #inFlight: InFlight;
  /**
   * What the application tries again as soon as it has a connection; the wait goes on meanwhile. They were in flight, and
   * nothing else is sent before them: there is room for all.
   */
  #refused: RefusedWrite[] = [];
  #state: State = 'connecting';
  /** Whether this connection has had a reply that is no error. */
  #wasOfUse = false;
  #socket: Socket | null = null;
  #step: number;
  #connectError: Error | null = null;
  #setKey = 0;
  #now = 0;

  constructor(parts: LoadClientParts) {
    this.#parts = parts;
    this.#inFlight = new InFlight(parts.maxInFlight);
    // Clients stand at different places of the cycle, so that INCRs and RPUSHes do not come in waves.
    this.#step = parts.readsOnly ? 0 : parts.history.client * 7;
  }

  /** To be called once: from then on the client is connected, or tries to be, until {@link close}. */
  connect(): void {
    this.#state = 'connecting';
    this.#parts.locate().then(
      (master) => {
        if (this.#state !== 'closed') this.#dial(master);
      },
      (error: unknown) => {
        this.#connectError = error instanceof Error ? error : new Error(String(error));
        this.#connectLater();
      },
    );
  }

  /** How many operations can be sent now. */
  get room(): number {
    return this.#state === 'ready' ? this.#inFlight.room : 0;
  }

  /** Operations that have been sent and not been answered for good: in flight, or refused and to be sent again. */
  get unanswered(): number {
    return this.#inFlight.size + this.#refused.length;
  }

  /** Why the last attempt to connect failed; null once a connection was made. */
  get connectError(): Error | null {
    return this.#connectError;
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Sends the next `count` operations of the cycle in one write; `count` is at most {@link room}. */
  send(count: number, takeStart: () => number): void {
    const { frames } = this.#parts;
    let bytes = 0;
    for (let index = 0; index < count; index++) bytes += frames.byteLength(this.#operationAt(this.#step + index));
    // A new buffer each time: what the socket could not write at once, it keeps.
    const buffer = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (let index = 0; index < count; index++) {
      const operation = this.#operationAt(this.#step++);
      at = this.#put(buffer, at, operation, this.#keyFor(operation), takeStart());
    }
    this.#socket?.write(buffer);
  }

  /** The master is another one now: lets the replies in flight come, then connects anew. */
  leave(): void {
    if (this.#state !== 'ready') return;
    this.#state = 'leaving';
    this.#leaveWhenAnswered();
  }

  /** Ends the connection for good. */
  close(): void {
    this.#state = 'closed';
    this.#socket?.destroy();
  }

  ok(): void {
    const slot = this.#answered();
    if (slot.operation === OPERATION.set) this.#acknowledge(slot);
    else this.#parts.history.mismatched();
  }

  integer(value: number): void {
    const slot = this.#answered();
    if (slot.operation === OPERATION.incr) this.#parts.history.counted(value);
    else if (slot.operation === OPERATION.rpush) this.#parts.history.listed(value);
    else return this.#parts.history.mismatched();
    this.#acknowledge(slot);
  }

  bulk(buffer: Buffer, start: number, end: number): void {
    const slot = this.#answered();
    if (slot.operation !== OPERATION.get) return this.#parts.history.mismatched();
    this.#parts.history.read(slot.key, readMark(buffer, start, end));
    this.#acknowledgeRead(slot);
  }

  nil(): void {
    const slot = this.#answered();
    if (slot.operation !== OPERATION.get) return this.#parts.history.mismatched();
    this.#parts.history.read(slot.key, null);
    this.#acknowledgeRead(slot);
  }

  error(text: string): void {
    const slot = this.#answered();
    this.#parts.ledger.error(text);
    this.#parts.history.settled(slot.operation, slot.key, slot.sequence, 'error');
    if (!this.#parts.follow || !text.startsWith('READONLY')) return;
    const { operation, key, startMs } = slot;
    if (operation !== OPERATION.get) this.#refused.push({ operation, key, startMs });
    if (this.#state === 'ready') this.#state = 'leaving';
  }

  #operationAt(step: number): Operation {
    return this.#parts.readsOnly ? readerOperationAt(step) : operationAt(step);
  }

  /** A SET goes to the next key, a GET to the key of the last SET; who only reads, reads one key after the other. */
  #keyFor(operation: Operation): number {
    if (operation === OPERATION.set || this.#parts.readsOnly) this.#setKey = (this.#setKey + 1) % KEYS_PER_CLIENT;
    return operation === OPERATION.set || operation === OPERATION.get ? this.#setKey : 0;
  }

  /** Puts one request into `buffer` and notes that it leaves. @returns where the next one starts. */
  #put(buffer: Buffer, at: number, operation: Operation, key: number, startMs: number): number {
    const { frames, history } = this.#parts;
    const sequence = history.sent(operation, key);
    this.#inFlight.push(operation, key, sequence, startMs);
    return frames.write(buffer, at, operation, key, sequence);
  }

  /** Each write gets a number of its own again: one that ran though it was refused is told from the one that is tried now. */
  #sendRefused(socket: Socket): void {
    const refused = this.#refused;
    if (refused.length === 0) return;
    this.#refused = [];
    const { frames } = this.#parts;
    const buffer = Buffer.allocUnsafe(refused.reduce((sum, { operation }) => sum + frames.byteLength(operation), 0));
    let at = 0;
    for (const { operation, key, startMs } of refused) at = this.#put(buffer, at, operation, key, startMs);
    socket.write(buffer);
  }

  #answered(): InFlightOperation {
    const slot = this.#inFlight.shift();
    if (slot === null) throw new Error('a reply that nobody asked for');
    return slot;
  }

  #acknowledge(slot: InFlightOperation): void {
    const { history, ledger, readsOnly } = this.#parts;
    this.#wasOfUse = true;
    history.settled(slot.operation, slot.key, slot.sequence, 'ok');
    if (slot.operation === OPERATION.set && !readsOnly) ledger.acknowledgedSets += 1;
    ledger.acknowledgedWrite(this.#now, this.#now - slot.startMs);
  }

  #acknowledgeRead(slot: InFlightOperation): void {
    const { ledger, readsOnly } = this.#parts;
    this.#wasOfUse = true;
    ledger.acknowledgedReads += 1;
    if (readsOnly) ledger.reads.acknowledged(this.#now, this.#now - slot.startMs);
  }

  #connectLater(): void {
    setTimeout(() => {
      if (this.#state !== 'closed') this.connect();
    }, RECONNECT_AFTER_MS);
  }

  #dial(master: NodeId): void {
    const address = parseNodeId(master);
    if (address === null) throw new Error(`not an address: ${master}`);
    const socket = connect({ ...address, noDelay: true });
    const reader = new ReplyReader(this);
    socket.on('connect', () => {
      this.#state = 'ready';
      this.#wasOfUse = false;
      this.#connectError = null;
      this.#sendRefused(socket);
    });
    socket.on('data', (chunk) => this.#receive(socket, reader, chunk));
    // 'close' follows, and goes on from here.
    socket.on('error', (error) => {
      if (this.#state === 'connecting') this.#connectError = error;
    });
    socket.on('close', () => this.#closed());
    this.#socket = socket;
  }

  #receive(socket: Socket, reader: ReplyReader, chunk: Buffer): void {
    this.#now = monotonicMs();
    try {
      reader.push(chunk);
    } catch {
      // Replies can not be told apart any more. What is in flight becomes unknown, as for any client.
      this.#parts.history.mismatched();
      socket.destroy();
      return;
    }
    this.#leaveWhenAnswered();
  }

  #leaveWhenAnswered(): void {
    if (this.#state === 'leaving' && this.#inFlight.size === 0) this.#socket?.destroy();
  }

  #closed(): void {
    const wasReady = this.#state === 'ready' || (this.#state === 'leaving' && this.#inFlight.size > 0);
    if (wasReady) this.#parts.ledger.disconnects += 1;
    else if (this.#state === 'leaving') this.#parts.ledger.reconnects += 1;
    for (let slot = this.#inFlight.shift(); slot !== null; slot = this.#inFlight.shift()) {
      this.#parts.ledger.unknown += 1;
      this.#parts.history.settled(slot.operation, slot.key, slot.sequence, 'unknown');
    }
    if (this.#state === 'closed') return;
    const followsMaster = this.#state === 'leaving' && this.#wasOfUse;
    this.#state = 'connecting';
    if (followsMaster) this.connect();
    else this.#connectLater();
  }
}
