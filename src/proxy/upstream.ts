import { connect, type Socket } from 'node:net';
import { parseNodeId, type NodeId } from '../config/node-address.js';
import { FrameType, ReplyScanner, ReplySyntaxError } from '../resp/reply-scanner.js';
import { handshakeOf, type Identity } from '../session/identity.js';
import { InFlight } from './in-flight.js';
import { ReplyCollector, type ReplySink } from './reply-sink.js';
import type { Turn, TurnWork } from './turn.js';

/** Requests are gathered in blocks until the turn ends; what is larger is written from memory of its own. A private link carries one client's requests, and there may be thousands. */
const BLOCK_BYTES = { lane: 64 * 1024, private: 4 * 1024 } as const;
/** A piece of a reply is kept back until its end is there, up to this size: a link that breaks costs a clean error then, not the client's connection. */
const KEEP_BYTES = 16 * 1024;
/** More unsent bytes than this and the upstream asks its clients to wait: memory is bounded by back-pressure. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
/**
 * Where every upstream reads into. One buffer is enough for all: what a read brings is handed on, or copied, before the
 * next read begins.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);

/** Why an upstream could not be opened, with the server's reply where it gave one. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** The error reply that refused the handshake, CR LF included; null when the connection itself failed. */
  readonly reply: Buffer | null;

  constructor(message: string, reply: Buffer | null) {
    super(message);
    this.reply = reply;
  }
}

/** Takes what a private link receives without having been asked: pushes, messages, MONITOR lines. */
export interface PushSink {
  /** True when the frame that begins with `prefix` answers no request. */
  isPush(prefix: Buffer): boolean;
  onPush(bytes: Buffer, start: number, end: number): void;
}

export interface UpstreamOptions {
  readonly node: NodeId;
  readonly kind: 'lane' | 'private';
  readonly identity: Identity;
  readonly connectTimeoutMs: number;
  readonly turn: Turn;
  /** Called once, when the connection is gone, after every sink has been told. */
  readonly onClosed: (upstream: Upstream) => void;
  /** Called when the reply to a write has come and no other write is in flight here. */
  readonly onDrained: (upstream: Upstream) => void;
}

/**
 * One connection to a server: requests go out in the order of {@link send}, replies come back to their senders in the
 * same order. It is used from the handshake to its end and never again: one that lost count is closed (promise 5).
 */
export class Upstream implements TurnWork {
  readonly node: NodeId;
  readonly kind: 'lane' | 'private';
  /** Who the connection speaks as; changes only on a private link whose client sent AUTH, HELLO or SELECT over it. */
  identity: Identity;
  /** True between the handshake and the end. */
  ready = false;
  closed = false;
  /** No new requests, please: the master moved, or this connection is about to close. Its last replies still come. */
  retired = false;
  /** The connection's id on the server (CLIENT ID), or 0. */
  serverId = 0;
  pushSink: PushSink | null = null;

  readonly #options: UpstreamOptions;
  readonly #socket: Socket;
  readonly #scanner = new ReplyScanner();
  readonly #inFlight = new InFlight();
  readonly #blockBytes: number;
  #block: Buffer | null = null;
  #blockStart = 0;
  #blockEnd = 0;
  #scheduled = false;
  #corked = false;
  #sent = 0;
  #answered = 0;
  #lastWrite = 0;
  #kept: Buffer | null = null;
  #streaming = false;
  #waiters: (() => void)[] = [];
  #fault: Error | null = null;
  #settleReady: ((error: UpstreamError | null) => void) | null = null;
  readonly #opened: Promise<void>;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.node = options.node;
    this.kind = options.kind;
    this.identity = options.identity;
    const address = parseNodeId(options.node);
    if (address === null) throw new TypeError(`not an address: ${options.node}`);
    this.#blockBytes = BLOCK_BYTES[options.kind];
    this.#socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (size: number) => {
          this.#onRead(READ_BUFFER, size);
          return true;
        },
      },
    });
    this.#socket.setTimeout(options.connectTimeoutMs);
    this.#socket.on('timeout', () => {
      if (!this.ready) this.destroy(new Error(`no connection to ${this.node} within ${options.connectTimeoutMs} ms`));
    });
    this.#socket.on('connect', () => this.#handshake());
    this.#socket.on('drain', () => this.#wakeWaiters());
    this.#socket.on('error', (error: Error) => {
      this.#fault ??= error;
    });
    this.#socket.on('end', () => this.destroy(new Error(`${this.node} closed the connection`)));
    this.#socket.on('close', () => this.#onClose());
    this.#opened = new Promise((resolve, reject) => {
      this.#settleReady = (error) => {
        this.#settleReady = null;
        if (error === null) resolve();
        else reject(error);
      };
    });
    // Whoever does not wait for it must not be punished with an unhandled rejection.
    this.#opened.catch(() => undefined);
  }

  /** Settles when the connection is authenticated and in its database; rejects with {@link UpstreamError}. */
  opened(): Promise<void> {
    return this.#opened;
  }

  /** Replies that are still to come. */
  get inFlight(): number {
    return this.#inFlight.total;
  }

  /** True while the reply to a write is still to come. */
  get writesInFlight(): boolean {
    return this.#answered < this.#lastWrite;
  }

  /** True while more is unsent than should be; wait with {@link onWritable}. */
  get full(): boolean {
    return this.#socket.writableLength > HIGH_WATER_BYTES;
  }

  onWritable(wake: () => void): void {
    this.#waiters.push(wake);
  }

  /**
   * Sends the whole request at `bytes[start … end)`; it is copied. `sink` gets its reply of `frames` frames (0: none).
   */
  send(sink: ReplySink, bytes: Buffer, start: number, end: number, write: boolean, frames = 1): void {
    this.expect(sink, write, frames);
    this.sendBytes(bytes, start, end);
  }

  /** Notes that the request whose bytes follow with {@link sendBytes} is answered to `sink`. */
  expect(sink: ReplySink, write: boolean, frames: number): void {
    if (frames > 0) this.#inFlight.push(sink, frames);
    this.#sent += frames;
    if (write) this.#lastWrite = this.#sent;
  }

  /** Bytes of a request; copied, and written at the end of the turn. */
  sendBytes(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    let block = this.#block;
    if (block === null || length > block.length - this.#blockEnd) {
      this.#writeBlock();
      if (length > this.#blockBytes / 4) {
        this.#cork();
        this.#socket.write(Buffer.from(bytes.subarray(start, end)));
        return;
      }
      // The old block may still be on its way to the kernel, so it is left to it.
      block = this.#block = Buffer.allocUnsafeSlow(this.#blockBytes);
      this.#blockStart = 0;
      this.#blockEnd = 0;
    }
    bytes.copy(block, this.#blockEnd, start, end);
    this.#blockEnd += length;
    this.#schedule();
  }

  onTurnEnd(): void {
    this.#scheduled = false;
    this.#writeBlock();
    if (this.#corked) {
      this.#corked = false;
      this.#socket.uncork();
    }
  }

  /** Ends the connection when the last reply has come. */
  retire(): void {
    this.retired = true;
    if (this.#inFlight.empty) this.destroy(null);
  }

  /** Ends the connection now; every sink that waits is told. */
  destroy(fault: Error | null): void {
    this.#fault ??= fault;
    this.retired = true;
    this.#socket.destroy();
  }

  #handshake(): void {
    const { identity, kind } = this.#options;
    const requests = [...handshakeOf(identity)];
    let left = requests.length;
    const answered = (frame: Buffer): void => {
      if (frame[0] === FrameType.Error) {
        this.#settleReady?.(new UpstreamError(frame.toString('latin1', 1).trim(), frame));
        this.destroy(null);
      } else if (--left === 0) {
        this.#becomeReady();
      }
    };
    for (const request of requests) {
      this.send(new ReplyCollector(answered, () => undefined), request, 0, request.length, false);
    }
    if (kind === 'private') this.#askId();
    if (left === 0) this.#becomeReady();
    this.onTurnEnd();
  }

  /** CLIENT UNBLOCK needs the server's own number of a blocked client's link. A server or an ACL may say no. */
  #askId(): void {
    const request = Buffer.from('*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n');
    const onFrame = (frame: Buffer): void => {
      if (frame[0] === 58) this.serverId = Number(frame.toString('latin1', 1));
    };
    this.send(new ReplyCollector(onFrame, () => undefined), request, 0, request.length, false);
  }

  #becomeReady(): void {
    this.ready = true;
    this.#socket.setTimeout(0);
    this.#settleReady?.(null);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.turn.add(this);
  }

  #cork(): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
    }
    this.#schedule();
  }

  #writeBlock(): void {
    if (this.#block === null || this.#blockEnd === this.#blockStart) return;
    this.#socket.write(this.#block.subarray(this.#blockStart, this.#blockEnd));
    this.#blockStart = this.#blockEnd;
  }

  #onRead(bytes: Buffer, size: number): void {
    try {
      this.#deliver(bytes, size);
    } catch (error) {
      if (!(error instanceof ReplySyntaxError)) throw error;
      this.destroy(error);
      return;
    }
    if (this.#lastWrite > 0 && !this.writesInFlight) {
      this.#lastWrite = 0;
      this.#options.onDrained(this);
    }
    if (this.retired && this.#inFlight.empty) this.destroy(null);
  }

  /** Cuts what was read into frames and hands each run of one sink's frames over in one call. */
  #deliver(bytes: Buffer, size: number): void {
    let at = 0;
    let runStart = 0;
    let run = 0;
    while (at < size) {
      const frameEnd = this.#scanner.scan(bytes, at, size);
      const push = this.pushSink !== null && !this.#streaming && this.#startsPush(bytes, at, frameEnd, size);
      if (push) {
        if (run > 0) this.#handOver(bytes, runStart, at, run);
        run = 0;
        this.#deliverPush(bytes, at, frameEnd, size);
        if (frameEnd < 0) return;
        at = frameEnd;
        runStart = at;
        continue;
      }
      if (frameEnd < 0) {
        if (run > 0) this.#handOver(bytes, runStart, at, run);
        this.#keep(bytes, at, size);
        return;
      }
      if (this.#inFlight.empty) throw new ReplySyntaxError('a reply that nobody asked for');
      if (this.#kept !== null) this.#releaseKept();
      this.#streaming = false;
      at = frameEnd;
      run++;
      // One error is the whole answer to a SUBSCRIBE of several channels.
      const refused = this.#scanner.frameType === FrameType.Error && this.#inFlight.peek()?.oneErrorEndsAll === true;
      if (refused || run === this.#inFlight.peekFrames()) {
        this.#handOver(bytes, runStart, at, refused ? this.#inFlight.peekFrames() : run);
        run = 0;
        runStart = at;
      }
    }
    if (run > 0) this.#handOver(bytes, runStart, at, run);
  }

  #handOver(bytes: Buffer, start: number, end: number, frames: number): void {
    const sink = this.#inFlight.peek();
    this.#inFlight.take(frames);
    this.#answered += frames;
    sink?.onReply(bytes, start, end, frames);
  }

  /** The chunk ends inside a reply: keep its piece back while it is small, pass it on when it is not. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const sink = this.#inFlight.peek();
    if (sink === null) throw new ReplySyntaxError('a reply that nobody asked for');
    if (!this.#streaming && end - start + (this.#kept?.length ?? 0) <= KEEP_BYTES) {
      const piece = bytes.subarray(start, end);
      this.#kept = this.#kept === null ? Buffer.from(piece) : Buffer.concat([this.#kept, piece]);
      return;
    }
    this.#releaseKept();
    this.#streaming = true;
    sink.onReply(bytes, start, end, 0);
  }

  #releaseKept(): void {
    if (this.#kept === null) return;
    const kept = this.#kept;
    this.#kept = null;
    this.#inFlight.peek()?.onReply(kept, 0, kept.length, 0);
  }

  #startsPush(bytes: Buffer, at: number, frameEnd: number, size: number): boolean {
    const piece = bytes.subarray(at, frameEnd < 0 ? size : frameEnd);
    return this.pushSink?.isPush(this.#kept === null ? piece : Buffer.concat([this.#kept, piece])) ?? false;
  }

  /** A push is kept back until it is whole, whatever its size: it is bounded by what the server lets a client publish. */
  #deliverPush(bytes: Buffer, at: number, frameEnd: number, size: number): void {
    const piece = bytes.subarray(at, frameEnd < 0 ? size : frameEnd);
    const whole = this.#kept === null ? piece : Buffer.concat([this.#kept, piece]);
    if (frameEnd < 0) {
      this.#kept = Buffer.from(whole);
      return;
    }
    this.#kept = null;
    this.pushSink?.onPush(whole, 0, whole.length);
  }

  #wakeWaiters(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #onClose(): void {
    if (this.closed) return;
    this.closed = true;
    this.ready = false;
    this.retired = true;
    const why = this.#fault?.message ?? `${this.node} closed the connection`;
    this.#settleReady?.(new UpstreamError(why, null));
    let begun = this.#streaming;
    while (!this.#inFlight.empty) {
      const sink = this.#inFlight.peek();
      const frames = this.#inFlight.peekFrames();
      this.#inFlight.take(frames);
      sink?.onLost(frames, begun);
      begun = false;
    }
    this.#answered = this.#sent;
    if (this.#lastWrite > 0) this.#options.onDrained(this);
    this.#lastWrite = 0;
    this.#wakeWaiters();
    this.#options.onClosed(this);
  }
}
