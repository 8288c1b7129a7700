import type { PushSink } from './inbox.js';
import type { PrivateLink } from './private-link.js';

/** What a RESP2 subscriber receives without having asked. */
const MESSAGE_RESP2 = /^\*[34]\r\n\$\d+\r\n(message|pmessage|smessage)\r\n/i;
/** In RESP3 only pushes; the confirmations of SUBSCRIBE are pushes too, and answer a request. */
const PUSH_RESP3 = /^>\d+\r\n\$\d+\r\n(message|pmessage|smessage|invalidate|tracking-redir-broken)\r\n/i;
/** What MONITOR streams. */
const MONITOR_LINE = /^\+\d+\.\d+ \[/;

/** Enough of a frame to know it by. */
const PREFIX_BYTES = 64;

/** More than this is not held back while the old connection empties: its messages may then come later than they should. */
const MAX_HELD_BACK_BYTES = 4 * 1024 * 1024;

/** Hands what a private link receives unasked to its client, in the order in which it was published. */
export class PushPort implements PushSink {
  readonly #link: PrivateLink;
  /** Confirmations of a subscription are outstanding, or messages may still come that were sent before its end. */
  #listening = false;
  /** Messages of the new connection while the old one still has some. */
  #heldBack: Buffer[] | null = null;
  #heldBackBytes = 0;

  constructor(link: PrivateLink) {
    this.#link = link;
  }

  /** A subscription is about to begin or to end. */
  listen(): void {
    this.#listening = true;
  }

  onAllAnswered(): void {
    if (!this.#link.state.subscribed) this.#listening = false;
  }

  isPush(prefix: Buffer): boolean {
    const { state, upstream } = this.#link;
    const start = prefix.toString('latin1', 0, PREFIX_BYTES);
    if (upstream.identity.resp === 3 ? PUSH_RESP3.test(start) : this.#listening && MESSAGE_RESP2.test(start))
      return true;
    return state.monitoring && MONITOR_LINE.test(start);
  }

  onPush(bytes: Buffer, start: number, end: number): void {
    const own = Buffer.from(bytes.subarray(start, end));
    if (this.#heldBack === null) {
      this.#link.client.reply(own);
      return;
    }
    this.#heldBack.push(own);
    this.#heldBackBytes += own.length;
    if (this.#heldBackBytes > MAX_HELD_BACK_BYTES) this.release();
  }

  /** Whoever listens would wait for ever on a connection that is gone. */
  onUpstreamLost(): void {
    const { client } = this.#link;
    if (!client.closed && client.link === this.#link && this.#link.upstream.closed) this.#link.lost();
  }

  /** From now on messages wait for {@link release}. */
  holdBack(): void {
    this.#heldBack ??= [];
  }

  release(): void {
    for (const message of this.#heldBack ?? []) this.#link.client.reply(message);
    this.#heldBack = null;
    this.#heldBackBytes = 0;
  }

  /** The port of the old connection while both are there: passes on at once what still comes. */
  ofOldConnection(): PushSink {
    return {
      isPush: (prefix) => this.isPush(prefix),
      onPush: (bytes, start, end) => this.#link.client.reply(Buffer.from(bytes.subarray(start, end))),
      onUpstreamLost: () => this.release(),
    };
  }
}
