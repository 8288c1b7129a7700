import type { Client } from '../client/client.js';
import { disconnect } from '../client/disconnect.js';
import type { PushSink } from '../upstream/inbox.js';
import type { PrivateLink } from './private-link.js';
import type { Reader } from '../upstream/reply-sink.js';
import { withOwnTarget } from './tracking.js';
import type { Upstream } from '../upstream/upstream.js';

/** What a RESP2 subscriber receives without having asked. */
const MESSAGE_RESP2 = /^\*[34]\r\n\$\d+\r\n(message|pmessage|smessage)\r\n/i;
/** In RESP3 only pushes; the confirmations of SUBSCRIBE are pushes too, and answer a request. */
const PUSH_RESP3 = /^>\d+\r\n\$\d+\r\n(message|pmessage|smessage|invalidate|tracking-redir-broken)\r\n/i;
/** What MONITOR streams. */
const MONITOR_LINE = /^\+\d+\.\d+ \[/;

/** Enough of a frame to know it by. */
const PREFIX_BYTES = 64;

/** When more than this waits for its turn the connection is not read, so that memory stays bounded. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/**
 * What becomes of the pushes of one connection:
 * - `silent`: another connection tells the client the same; dropped;
 * - `waiting`: they count, but the connection before this one still has some; kept until it is over;
 * - `open`: the client gets them as they come;
 * - `over`: the next connection tells the client from here on; dropped.
 */
type Phase = 'silent' | 'waiting' | 'open' | 'over';

/** Hands what one private connection receives unasked to its client, in the order in which it was published. */
export class PushPort implements PushSink {
  /** Called when the connection is gone. */
  onLost: () => void = () => undefined;
  /** Pushes, and pieces of large ones, that have come so far. */
  pieces = 0;
  readonly #link: PrivateLink;
  readonly #client: Client;
  readonly #upstream: Upstream;
  #phase: Phase;
  #next: PushPort | null = null;
  /** Confirmations of a subscription are outstanding, or messages may still come that were sent before its end. */
  #listening = false;
  readonly #waiting: { readonly bytes: Buffer; readonly ended: boolean }[] = [];
  #waitingBytes = 0;
  /** What counts of this connection has come, although its turn has not. */
  #endsInTurn = false;
  /** The client has got a piece of a push whose end is still to come. */
  #midPush = false;

  constructor(link: PrivateLink, upstream: Upstream, phase: Phase) {
    this.#link = link;
    this.#client = link.client;
    this.#upstream = upstream;
    this.#phase = phase;
  }

  get output(): Reader | null {
    return this.#phase === 'open' ? this.#client.output : null;
  }

  /** What the connection before this one has yet to tell comes first. */
  get isWaiting(): boolean {
    return this.#phase === 'waiting';
  }

  /** Pushes may come from now on. */
  attach(): void {
    this.#upstream.pushSink = this;
  }

  /** A subscription is about to begin or to end. */
  listen(): void {
    this.#listening = true;
    this.attach();
  }

  onAllAnswered(): void {
    if (!this.#link.state.subscribed) this.#listening = false;
  }

  isPush(prefix: Buffer): boolean {
    const start = prefix.toString('latin1', 0, PREFIX_BYTES);
    if (this.#upstream.identity.resp === 3 ? PUSH_RESP3.test(start) : this.#listening && MESSAGE_RESP2.test(start))
      return true;
    const { state } = this.#link;
    // Behind its last step the debugger of the server sends what the script returned.
    if (state.debugging && this.#upstream.inFlight === 0) return true;
    return state.monitoring && MONITOR_LINE.test(start);
  }

  onPush(bytes: Buffer, start: number, end: number, ended: boolean): void {
    this.pieces++;
    if (this.#phase === 'silent' || this.#phase === 'over' || this.#endsInTurn) return;
    const push = withOwnTarget(this.#link.state.trackingRequest, bytes.subarray(start, end));
    if (this.#phase === 'open') {
      this.#pass(push, ended);
      return;
    }
    this.#waiting.push({ bytes: Buffer.from(push), ended });
    this.#waitingBytes += push.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#upstream.paused = true;
  }

  onUpstreamLost(): void {
    if (this.#midPush && this.#phase === 'open') disconnect(this.#client, 'half-reply', 'at-once');
    this.onLost();
  }

  /** From here on the connection counts; its pushes wait for {@link open}. */
  count(): void {
    if (this.#phase === 'silent') this.#phase = 'waiting';
  }

  /** It is the turn of this connection. */
  open(): void {
    this.#phase = 'open';
    for (const { bytes, ended } of this.#waiting.splice(0)) this.#pass(bytes, ended);
    this.#waitingBytes = 0;
    this.#upstream.paused = false;
    // A command that changes what it hears may wait for this.
    this.#client.resume('replies');
    if (this.#endsInTurn) this.end();
  }

  /** Who tells the client on, when this connection has {@link end}ed. */
  precede(next: PushPort): void {
    this.#next = next;
    if (this.#phase === 'over') next.open();
  }

  /** All that counts of this connection has come. */
  end(): void {
    if (this.#phase === 'waiting') {
      this.#endsInTurn = true;
      return;
    }
    // Half a push can not be taken back, and nothing that follows could be understood.
    if (this.#midPush) disconnect(this.#client, 'half-reply', 'at-once');
    this.#phase = 'over';
    this.#next?.open();
  }

  /** @param bytes copied. */
  #pass(bytes: Buffer, ended: boolean): void {
    this.#midPush = !ended;
    if (!this.#client.closed) this.#client.output.writePiece(bytes, ended);
  }
}
