import { encodeRequest } from '../../resp/encode.js';
import { disconnect } from '../client/disconnect.js';
import type { PrivateLink } from './private-link.js';
import type { PushPort } from './push-port.js';
import { OwnRequest } from '../upstream/own-request.js';
import type { Upstream } from '../upstream/upstream.js';

const PING = encodeRequest(['PING']);
/** Confirmed also after CLIENT REPLY OFF, unlike PING; nobody is subscribed to a name without characters. */
const UNSUBSCRIBE_NOTHING = encodeRequest(['UNSUBSCRIBE', '']);

/** Where the moment was not chosen by us, the last messages come at once or, from a server that hangs, not at all. */
const LAST_MESSAGES_MS = 1000;

/**
 * How a connection to the old master is left: a mark tells where the last message that counts stands; what comes behind
 * it would be the new master's messages once more, because a demoted server passes on what it replicates.
 *
 * 1. {@link sendMark}: while nothing can be published, or (somebody else moved the master) when the next connection listens.
 * 2. {@link succeed}: the master has moved. When the mark is there too, the turn of the next connection begins.
 * 3. {@link leave}: the client's requests go elsewhere. When all this is done the connection ends.
 *
 * A `strict` departure was asked for its mark before anybody demoted the old master, and the mark has to be there before anybody does: one
 * that comes later may stand behind messages of the new master. Without it nothing more is heard of the old connection. Messages may be
 * missing then, and the client is let know by the end of its own.
 */
export class Departure {
  readonly #link: PrivateLink;
  readonly #upstream: Upstream;
  readonly #pushes: PushPort;
  readonly #strict: boolean;
  #timer: NodeJS.Timeout | null = null;
  #sent = false;
  #marked = false;
  #succeeded = false;
  #left = false;
  #done: () => void = () => undefined;
  readonly #waiters: (() => void)[] = [];

  constructor(link: PrivateLink, strict: boolean) {
    this.#link = link;
    this.#upstream = link.upstream;
    this.#pushes = link.pushes;
    this.#strict = strict;
  }

  get isAsked(): boolean {
    return this.#sent;
  }

  /**
   * Asks for the mark, unless that was done. Behind a blocked call it would not be answered (see {@link markedByReply}), and
   * within a large request it would be read as part of that.
   */
  sendMark(): void {
    if (this.#sent || !this.#upstream.ready || this.#upstream.midRequest || this.#link.isBusy) return;
    this.#sent = true;
    const arrived = (): void => this.markedByReply();
    sendMark(this.#upstream, this.#link.state.replies !== 'on', arrived, () => this.#missing());
  }

  /**
   * Settles when the mark has come, at once where nobody knows when it will: behind a blocked call, or behind what a client has yet to
   * read. Until then the server may not have run it, and must not be told anything that would put more before it.
   */
  answered(): Promise<void> {
    if (this.#marked || !this.#sent || this.#upstream.closed || this.#upstream.waitsForReader) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** A reply stands behind the last message that counts. */
  markedByReply(): void {
    this.#marked = true;
    this.#wakeWaiters();
    this.#finish();
  }

  /** The master has moved, and `next` is the connection to the new one. */
  succeed(next: PushPort): void {
    if (this.#succeeded) return;
    this.#succeeded = true;
    this.#pushes.precede(next);
    this.#pushes.onLost = () => this.#missing();
    if (this.#strict && !this.#willBeExact) this.#missing();
    this.#finish();
  }

  /** @param done called when the connection has ended. */
  leave(done: () => void): void {
    this.#left = true;
    this.#done = done;
    // A blocked call has been answered instead of ended, and to ask now is too late.
    if (this.#upstream.closed || (this.#strict && !this.#sent)) this.#missing();
    if (!this.#marked) {
      this.#wait();
      this.sendMark();
    }
    this.#finish();
  }

  /** The client is gone. */
  abandon(): void {
    this.#marked = true;
    this.#left = true;
    this.#wakeWaiters();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#upstream.destroy(null);
  }

  /** A mark that is not here yet stands where it belongs all the same. */
  get #willBeExact(): boolean {
    // The server ran it long ago: it stands behind what the client has yet to read.
    if (this.#sent) return this.#upstream.waitsForReader || this.#link.client.output.unsent > 0;
    // The demotion itself ends the call, before anything of the new master.
    return this.#link.blocked?.linedUp === false;
  }

  #wait(): void {
    const { pieces } = this.#pushes;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      // A client that reads slowly gets its messages as late as it reads them.
      if (this.#upstream.waitsForReader || this.#pushes.pieces !== pieces) this.#wait();
      else this.#missing();
    }, LAST_MESSAGES_MS).unref();
  }

  #wakeWaiters(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #missing(): void {
    this.#wakeWaiters();
    if (this.#marked || !this.#succeeded) return;
    if (this.#strict && this.#link.state.subscribed) disconnect(this.#link.client, 'missed-messages', 'at-once');
    this.markedByReply();
  }

  #finish(): void {
    if (!this.#marked || !this.#succeeded) return;
    this.#pushes.end();
    if (!this.#left) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#upstream.destroy(null);
    this.#done();
  }
}

/**
 * Sends a request whose reply, whatever it says, stands behind all that was published before it ran.
 *
 * @param silent after CLIENT REPLY OFF or SKIP.
 */
export function sendMark(upstream: Upstream, silent: boolean, arrived: () => void, lost: () => void): void {
  const request = silent ? UNSUBSCRIBE_NOTHING : PING;
  upstream.send(new OwnRequest(arrived, lost), request, 0, request.length, false);
}
