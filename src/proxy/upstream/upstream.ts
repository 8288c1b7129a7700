import type { Socket } from 'node:net';
import type { NodeId } from '../../config/node-address.js';
import { ReplySyntaxError } from '../../resp/reply-scanner.js';
import type { Identity } from '../../session/identity.js';
import { endedEarlyWords, isReset, tooLateWords } from '../../tls/dial-words.js';
import { dial } from './dial.js';
import { Inbox, type PushSink } from './inbox.js';
import { Outbox, OUTBOX_SIZES } from './outbox.js';
import { recallAll } from './recall-all.js';
import { Pace } from './pace.js';
import { Reading } from './reading.js';
import type { Reader, ReplySink } from './reply-sink.js';
import { shakeHands } from './shake-hands.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamOptions } from './upstream-options.js';

/** Where every upstream reads into. One is enough: what a read brings is handed on, or copied, before the next begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * One connection to a server: requests go out in the order of {@link send}, replies come back to their senders in the
 * same order. It is used from the handshake to its end and never again: one that lost count is closed (promise 5).
 */
export class Upstream {
  readonly node: NodeId;
  readonly kind: 'lane' | 'private';
  /** Who the connection speaks as; changes only on a private link whose client sent AUTH, HELLO or SELECT over it. */
  identity: Identity;
  /** True between the handshake and the end. */
  ready = false;
  closed = false;
  /** The server has ended it, behind all that it had to say. */
  ended = false;
  /** No new requests, please: the master moved, or this connection is about to close. Its last replies still come. */
  retired = false;
  /** Once it is ready: the server takes its commands. False for a connection without AUTH where the default user needs a password. */
  authenticated = true;
  /** Those who wait have been asked for their requests; nobody is to send any more. */
  isRecalled = false;
  /** The rest of a request is still to come: whatever else was sent now would become a part of it. */
  midRequest = false;
  /** The connection's id on the server (CLIENT ID), or 0; known of private links. */
  serverId = 0;

  readonly #options: UpstreamOptions;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #reading: Reading;
  readonly #inbox = new Inbox();
  readonly #pace = new Pace();
  readonly #opened: Promise<void>;
  readonly #waiters: (() => void)[] = [];
  #sent = 0;
  /** `#sent` as it was behind the last write; 0 when no write is in flight. */
  #lastWrite = 0;
  #fault: Error | null = null;
  #settleOpened: (error: UpstreamError | null) => void = () => undefined;

  constructor(options: UpstreamOptions) {
    this.node = options.node;
    this.kind = options.kind;
    this.identity = options.identity;
    this.#options = options;
    this.#inbox.editError = options.editError;
    this.#inbox.refusals = { isOne: options.isRefusal, arrived: () => this.#onRefused() };
    this.#opened = new Promise((resolve, reject) => {
      this.#settleOpened = (error) => (error === null ? resolve() : reject(error));
    });
    // Whoever does not wait for it must not be punished with an unhandled rejection.
    this.#opened.catch(() => undefined);
    this.#socket = this.#connect();
    this.#reading = new Reading(this.#socket);
    this.#outbox = new Outbox(this.#socket, options.turn, OUTBOX_SIZES[options.kind]);
  }

  /** Settles when the connection is authenticated and in its database; rejects with {@link UpstreamError}. */
  opened(): Promise<void> {
    return this.#opened;
  }

  /** Replies that are still to come. */
  get inFlight(): number {
    return this.#inbox.expected;
  }

  /** How many requests it was given, counted by their replies; the next one has this number. */
  get sent(): number {
    return this.#sent;
  }

  /** How much may have left, bytes (`KeptRequest.end`): a request that ends behind it has not run. */
  get mayHaveLeft(): number {
    return this.#outbox.mayHaveLeft;
  }

  /** True while the reply to a write is still to come. */
  get writesInFlight(): boolean {
    return this.#inbox.answered < this.#lastWrite;
  }

  /** Takes what answers no request; null while nothing of the kind can come. */
  set pushSink(sink: PushSink | null) {
    this.#inbox.pushSink = sink;
  }

  /** Requests that the server has not taken yet, bytes. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** True while more is unsent than should be; wait with {@link onWritable}. */
  get full(): boolean {
    return this.#outbox.full;
  }

  /** True when this lane had to wait for that reader: nobody else is sent here any more, but its own requests may be. */
  isLeftTo(reader: Reader): boolean {
    return this.kind === 'lane' && this.#reading.heldUpBy === reader && !this.closed && !this.isRecalled;
  }

  /**
   * A switch waits for the writes in flight here: they must not wait for a client that does not read. Those that the
   * server has had for long have run, and their replies come when they are read; if one has not, the fence decides: it is
   * in the offset that the candidate must reach, or it is refused with READONLY.
   */
  hurry(): void {
    if (!this.writesInFlight) return;
    if (this.waitsForReader && this.unsent === 0 && this.#pace.isQuiet(this.#sent)) {
      this.#lastWrite = 0;
      return;
    }
    this.#reading.hurry();
  }

  /** Called now and then, for {@link hurry} and {@link standsStill}. */
  look(): void {
    this.#pace.look(this.#sent, this.#inbox.answered);
  }

  /** The oldest request has not been answered for the time between two looks. */
  get standsStill(): boolean {
    return this.#pace.standsStill(this.#inbox.answered);
  }

  /** Calls `wake` once, when what was unsent has left or the connection has ended. */
  onWritable(wake: () => void): void {
    this.#waiters.push(wake);
  }

  /**
   * Sends the whole request at `bytes[start … end)`; it is copied. `sink` gets its reply of `frames` frames (0: none).
   */
  send(sink: ReplySink, bytes: Buffer, start: number, end: number, write: boolean, frames = 1): void {
    this.expect(sink, write, frames);
    if (frames === 1) this.#outbox.append(bytes, start, end, this.#sent);
    // Requests have the numbers of their replies.
    else this.#outbox.appendUnkept(bytes, start, end, this.#sent);
  }

  /** Notes that the request whose bytes follow with {@link sendBytes} is answered to `sink`. */
  expect(sink: ReplySink, write: boolean, frames: number): void {
    if (this.closed) throw new Error(`${this.node}: a request for a connection that has ended`);
    if (frames > 0) this.#inbox.expect(sink, frames);
    this.#sent += frames;
    if (write) this.#lastWrite = this.#sent;
  }

  /** The last byte of a write that was {@link expect}ed as something else is about to be sent: from now on it may run. */
  countWrite(): void {
    this.#lastWrite = this.#sent;
  }

  /** Bytes of a request; copied, and written at the end of the turn. */
  sendBytes(bytes: Buffer, start: number, end: number): void {
    if (this.midRequest) this.#outbox.appendUnkept(bytes, start, end, this.#sent);
    else this.#outbox.append(bytes, start, end, this.#sent);
  }

  /** As {@link sendBytes}, with memory that is the upstream's from now on: it is not copied, and freed when it is not needed. */
  sendChunk(chunk: Buffer): void {
    this.#outbox.appendChunk(chunk, this.#sent, !this.midRequest);
  }

  /** Nothing is read now: whoever takes it is slower than the server. */
  get waitsForReader(): boolean {
    return this.#reading.waitsForReader;
  }

  /** While it is true nothing is read: what comes stays with the server. */
  set paused(paused: boolean) {
    this.#reading.paused = paused;
  }

  /** Ends the connection when the last reply has come; at once while it is not open. */
  retire(): void {
    this.retired = true;
    // Not in this turn: it may be the one that opens the gate, and closing a socket takes as long as writing to one.
    setImmediate(() => this.#endIfDone());
  }

  /** Lets the server end the connection, behind what it has said: its last replies come, if they come at all. */
  hangUp(): void {
    this.retired = true;
    this.#outbox.onTurnEnd();
    this.#socket.end();
  }

  /** Ends the connection now; every sink that waits is told. */
  destroy(fault: Error | null): void {
    this.#fault ??= fault;
    this.retired = true;
    this.#socket.destroy();
  }

  #connect(): Socket {
    const { node, tlsTo, connectTimeoutMs } = this.#options;
    const callback = (size: number): boolean => {
      this.#onRead(size);
      return true;
    };
    const failed = (error: Error): Error => (this.#fault ??= isReset(error) ? this.#unlessEarly(error) : error);
    const socket = dial(node, tlsTo, { buffer: READ_BUFFER, callback }, { opened: () => this.#handshake(), failed });
    const tooLate = (): void => this.destroy(new Error(`${node}: ${tooLateWords(socket, connectTimeoutMs)}`));
    const timer = setTimeout(tooLate, connectTimeoutMs);
    const isDecided = (): void => clearTimeout(timer);
    this.#opened.then(isDecided, isDecided);
    socket.on('drain', () => this.#wakeWaiters());
    socket.on('end', () => {
      this.ended = true;
      this.destroy(this.#unlessEarly(new Error(`${node} closed the connection`)));
    });
    return socket.on('close', () => this.#onClose());
  }

  #unlessEarly(error: Error): Error {
    return this.#inbox.answered > 0 ? error : new Error(`${this.node}: ${endedEarlyWords(this.#socket)}`);
  }

  #handshake(): void {
    shakeHands(
      this,
      () => {
        this.ready = true;
        this.#settleOpened(null);
      },
      (error) => {
        this.#settleOpened(error);
        this.destroy(null);
      },
    );
    this.#outbox.onTurnEnd();
  }

  #onRead(size: number): void {
    try {
      this.#inbox.deliver(READ_BUFFER, size);
    } catch (error) {
      if (!(error instanceof ReplySyntaxError)) throw error;
      this.destroy(error);
      return;
    }
    this.#outbox.answered(this.#inbox.answered);
    this.#checkDrained();
    if (this.retired) this.#endIfDone();
    const { reader, othersWait } = this.#inbox;
    if (!this.#reading.isRelaxed && !othersWait && !this.writesInFlight) this.#reading.relax();
    if (reader !== null && this.#reading.waitFor(reader, othersWait) && this.kind === 'lane') {
      // Nobody new queues up behind it: a lane is retired, and the others get a fresh one.
      this.retired = true;
      reader.heldUpLane();
    }
  }

  /** The node is not the master: whoever waits here may want to ask another one. */
  #onRefused(): void {
    if (this.isRecalled || !this.ready) return;
    const request = this.#outbox.kept(this.#inbox.answered).get(this.#inbox.answered) ?? null;
    if (!this.#options.onRefused(request)) return;
    // Who has a connection of its own may find that nothing has to be sent anew, and go on.
    if (this.kind === 'lane') this.retired = true;
    this.#recall();
  }

  /** The one client of this connection, which was asked for its requests, has no use for them. */
  endRecall(): void {
    if (this.kind === 'lane') return;
    this.isRecalled = false;
    this.#outbox.thaw();
  }

  #recall(): void {
    const first = this.#inbox.answered;
    this.isRecalled = true;
    this.#outbox.freeze();
    const waiting = this.#inbox.waiting();
    const sinks = recallAll(this, waiting, this.#outbox.kept(first), first);
    this.#inbox.replace(sinks);
    // Nobody wants anything back: the next refusal is news again.
    if (sinks.every((sink, at) => sink === waiting[at]?.sink)) this.endRecall();
  }

  #endIfDone(): void {
    if (!this.ready || this.#inbox.expected === 0) this.destroy(null);
  }

  #checkDrained(): void {
    if (this.#lastWrite === 0 || this.writesInFlight) return;
    this.#lastWrite = 0;
    this.#options.onDrained();
  }

  #wakeWaiters(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #onClose(): void {
    this.closed = true;
    // Who has lost count may have lost it long ago: nothing is asked again.
    if (this.ready && !this.isRecalled && !(this.#fault instanceof ReplySyntaxError)) this.#recall();
    this.ready = false;
    this.retired = true;
    this.#settleOpened(new UpstreamError(this.#fault?.message ?? `${this.node} closed the connection`, null));
    this.#inbox.lose();
    this.#checkDrained();
    this.#wakeWaiters();
    this.#options.onClosed();
  }
}
