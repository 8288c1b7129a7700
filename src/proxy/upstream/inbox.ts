import { FrameType, ReplyScanner, ReplySyntaxError } from '../../resp/reply-scanner.js';
import { InFlight, type Expected } from './in-flight.js';
import type { Reader, ReplySink } from './reply-sink.js';

/** A piece of a reply is kept back until its end is there, up to this size: a link that breaks costs a clean error then, not the client's connection. */
const KEEP_BYTES = 16 * 1024;

/** Takes what a private link receives without having been asked: pushes, messages, MONITOR lines. */
export interface PushSink {
  /** True when the frame that begins with `prefix` answers no request. */
  isPush(prefix: Buffer): boolean;
  /** A push, or a piece of a large one: `ended` with the last. Valid only during the call. */
  onPush(bytes: Buffer, start: number, end: number, ended: boolean): void;
  /** Who takes pushes in the end, when that may be slower than the server. */
  readonly output: Reader | null;
  /** The connection is gone, and nothing will come any more. */
  onUpstreamLost(): void;
}

/** @returns what the client gets instead of the error at `bytes[start … end)`; null: the error as it is. */
export type EditError = (bytes: Buffer, start: number, end: number) => Buffer | null;

/** Errors that prove that the request did not run, and why another node may be asked instead. */
export interface Refusals {
  /** @returns whether the error at `bytes[start … end)` is one. */
  isOne(bytes: Buffer, start: number, end: number): boolean;
  /** One has come, and is about to be handed over: those who wait may want to be replaced. */
  arrived(): void;
}

/**
 * What arrives on one upstream: cuts it into replies and hands each to the one who asked, in order.
 *
 * Replies of one sink that arrive together are handed over in one call. A reply that nobody asked for, or bytes that
 * are no reply, mean that the count is lost: `deliver` throws {@link ReplySyntaxError} and the upstream must end.
 */
export class Inbox {
  /** Replies handed over so far. */
  answered = 0;
  pushSink: PushSink | null = null;
  editError: EditError | null = null;
  refusals: Refusals | null = null;
  readonly #inFlight = new InFlight();
  readonly #scanner = new ReplyScanner();
  #kept: Buffer | null = null;
  /** A piece of a large push has been handed over, and its end is still to come. */
  #pushing = false;
  #streaming = false;

  /** Replies that are still to come. */
  get expected(): number {
    return this.#inFlight.total;
  }

  /** Who takes what comes next; null when nothing is to come, or the reply is the proxy's own. */
  get reader(): Reader | null {
    return this.#inFlight.peek()?.output ?? this.pushSink?.output ?? null;
  }

  /** Somebody else's reply stands behind the one that comes. */
  get othersWait(): boolean {
    return this.#inFlight.total > this.#inFlight.peekFrames();
  }

  expect(sink: ReplySink, frames: number): void {
    this.#inFlight.push(sink, frames);
  }

  /** Everybody who waits, in order. */
  waiting(): readonly Expected[] {
    return this.#inFlight.entries();
  }

  /** Others get the same replies. @param sinks one for each of {@link waiting}. */
  replace(sinks: readonly (ReplySink | null)[]): void {
    this.#inFlight.replace(sinks);
  }

  /** Takes `bytes[0 … size)`; the memory is the caller's again afterwards. */
  deliver(bytes: Buffer, size: number): void {
    let at = 0;
    let runStart = 0;
    let run = 0;
    while (at < size) {
      const frameEnd = this.#scanner.scan(bytes, at, size);
      if (this.pushSink !== null && !this.#streaming && this.#takePush(this.pushSink, bytes, at, frameEnd, size)) {
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
      // A large one goes in pieces wherever it is cut: memory for all of it would be garbage the next moment.
      if (this.#kept !== null && this.#kept.length + frameEnd - at > KEEP_BYTES) {
        this.#releaseKept();
        this.#streaming = true;
      }
      if (this.#kept !== null) {
        // In one piece: who has to know what a reply says (-UNBLOCKED …) need not care how the network cut it.
        const kept = Buffer.concat([this.#kept, bytes.subarray(at, frameEnd)]);
        this.#kept = null;
        if (this.#scanner.frameType === FrameType.Error) this.#handOverError(kept, 0, kept.length);
        else this.#handOver(kept, 0, kept.length, 1);
        at = frameEnd;
        runStart = at;
        continue;
      }
      if (this.#scanner.frameType === FrameType.Error && this.#mustBeSeen(bytes, at, frameEnd)) {
        if (run > 0) this.#handOver(bytes, runStart, at, run);
        this.#handOverError(bytes, at, frameEnd);
        this.#streaming = false;
        at = frameEnd;
        run = 0;
        runStart = at;
        continue;
      }
      this.#streaming = false;
      at = frameEnd;
      run++;
      // With pushes about, each reply is handed over at once: a push may stand behind it.
      if (this.pushSink !== null || run === this.#inFlight.peekFrames()) {
        this.#handOver(bytes, runStart, at, run);
        run = 0;
        runStart = at;
      }
    }
    if (run > 0) this.#handOver(bytes, runStart, at, run);
  }

  /** Nothing more will come: tells everybody who waits. */
  lose(): void {
    let begun = this.#streaming;
    while (!this.#inFlight.empty) {
      const sink = this.#inFlight.peek();
      const frames = this.#inFlight.peekFrames();
      this.#inFlight.take(frames);
      this.answered += frames;
      sink?.onLost(frames, begun);
      begun = false;
    }
    this.pushSink?.onUpstreamLost();
  }

  #handOver(bytes: Buffer, start: number, end: number, frames: number): void {
    const sink = this.#inFlight.peek();
    this.#inFlight.take(frames);
    this.answered += frames;
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

  /** Whether an error, or the end of one, means more than its bytes. */
  #mustBeSeen(bytes: Buffer, start: number, end: number): boolean {
    if (this.#oneErrorEndsAll()) return true;
    if (this.#streaming) return false;
    return this.refusals?.isOne(bytes, start, end) === true || (this.editError?.(bytes, start, end) ?? null) !== null;
  }

  /** An error; before it, everything has been handed over. */
  #handOverError(bytes: Buffer, start: number, end: number): void {
    const edited = this.#streaming ? null : (this.editError?.(bytes, start, end) ?? null);
    if (!this.#streaming && this.refusals?.isOne(bytes, start, end) === true) {
      this.refusals.arrived();
      const sink = this.#inFlight.peek();
      if (sink?.onRefused !== undefined) {
        this.#inFlight.take(1);
        this.answered++;
        sink.onRefused(edited ?? Buffer.from(bytes.subarray(start, end)));
        return;
      }
    }
    const frames = this.#oneErrorEndsAll() ? this.#inFlight.peekFrames() : 1;
    if (edited !== null) this.#handOver(edited, 0, edited.length, frames);
    else this.#handOver(bytes, start, end, frames);
  }

  /** One error is the whole answer to a SUBSCRIBE of several channels. */
  #oneErrorEndsAll(): boolean {
    return this.#inFlight.peek()?.oneErrorEndsAll === true;
  }

  /**
   * Hands a frame that answers no request to the push sink. A piece of one is kept back while it is small: the first bytes
   * may not tell yet what it is.
   * @returns false when the frame is a reply.
   */
  #takePush(sink: PushSink, bytes: Buffer, at: number, frameEnd: number, size: number): boolean {
    const ended = frameEnd >= 0;
    const end = ended ? frameEnd : size;
    if (this.#pushing) {
      this.#pushing = !ended;
      sink.onPush(bytes, at, end, ended);
      return true;
    }
    const known = this.#kept === null ? bytes.subarray(at, end) : Buffer.concat([this.#kept, bytes.subarray(at, end)]);
    const isSmallPiece = !ended && known.length <= KEEP_BYTES;
    const isPush = sink.isPush(known);
    if (!isPush && !isSmallPiece) return false;
    if (isSmallPiece) {
      this.#kept = Buffer.from(known);
      return true;
    }
    this.#kept = null;
    this.#pushing = !ended;
    sink.onPush(known, 0, known.length, ended);
    return true;
  }
}
