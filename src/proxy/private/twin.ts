import { FrameType } from '../../resp/reply-scanner.js';
import { Departure, sendMark } from './departure.js';
import { listenOn, settlesFirst } from './listening.js';
import { OwnRequest } from '../upstream/own-request.js';
import type { PrivateLink } from './private-link.js';
import { PushPort } from './push-port.js';
import { redirectionOpened } from './tracking.js';
import type { Upstream } from '../upstream/upstream.js';

/**
 * The second connection of a client that listens (pub/sub, MONITOR, tracking), to the node that is about to become the
 * master. It hears what the first one hears, because a replica tells its own subscribers what it replicates; so nothing
 * has to be subscribed, and nothing can be missed, in the instant in which the master moves.
 *
 * ```
 *  old master  ──m1──m2──m3──PONG│··m4···m5·   dropped behind the mark: the new master's, once more
 *  candidate   ··m1··m2··m3··PONG│──m4───m5─   dropped before the mark: the old master's, once more
 *                                └─ fenced, drained and caught up: nothing can be published at this moment
 * ```
 *
 * 1. Preflight opens it and subscribes. Later subscriptions of the client go to both ({@link follow}).
 * 2. {@link mark}: a PING on both connections. From its PONG on the new one counts, and is kept waiting.
 * 3. The master moves ({@link takeOver}): the old one is heard up to its PONG, then the new one. Without the PONGs of both by then a
 *    subscriber is disconnected: it may miss something.
 *
 * An abort just drops it: until then the old connection has told the client everything.
 */
export class Twin {
  readonly upstream: Upstream;
  readonly pushes: PushPort;
  readonly #link: PrivateLink;
  readonly #established: Promise<void>;
  #departure: Departure | null = null;
  #begun = false;
  #refused = false;
  #marked = false;
  #isSilent = false;
  #settledFirst = false;

  constructor(link: PrivateLink, upstream: Upstream) {
    this.#link = link;
    this.upstream = upstream;
    this.pushes = new PushPort(link, upstream, 'silent');
    this.#established = this.#establish();
    // Whoever does not wait for it must not be punished with an unhandled rejection.
    this.#established.catch(() => undefined);
  }

  /** Settles when the candidate has confirmed everything; rejects when the connection can not be opened. */
  established(): Promise<void> {
    return this.#established;
  }

  /** It is the client's connection from now on, or can not be. */
  get isReady(): boolean {
    return this.upstream.ready && this.#begun && !this.#refused;
  }

  /** Nothing that was published since the mark is missing here. */
  get isComplete(): boolean {
    return this.isReady && this.#marked;
  }

  /** Modes and CLIENT REPLY OFF are in force here. */
  get settledFirst(): boolean {
    return this.#settledFirst;
  }

  get wasToBeMarked(): boolean {
    return this.#departure !== null;
  }

  /** Sends what the client just sent to the old connection, and swallows the replies. */
  follow(request: Buffer, frames: number): void {
    // What is not established yet begins with all of the state, this included.
    if (!this.#begun || this.upstream.closed) return;
    const judge = (firstByte: number): void => {
      if (firstByte === FrameType.Error) this.#refused = true;
      if (this.upstream.inFlight === 0) this.pushes.onAllAnswered();
    };
    this.upstream.send(new OwnRequest(judge), request, 0, request.length, false, frames);
  }

  /**
   * Marks this moment on both connections. Settles when both marks are there, or will not come: the old master must have run its PING before
   * it is demoted, or it would pass on messages of the new one before that.
   */
  async mark(): Promise<void> {
    this.#departure ??= new Departure(this.#link, true);
    this.#departure.sendMark();
    const left = this.#departure.answered();
    await Promise.all([this.#markCandidate(), left]);
  }

  async #markCandidate(): Promise<void> {
    try {
      await this.#established;
    } catch {
      return;
    }
    await this.#answered();
    if (this.upstream.closed) return;
    this.#marked = true;
    this.pushes.count();
  }

  /** What kept the mark from being sent has ended: a blocked call, or half a request. */
  onIdle(): void {
    this.#departure?.sendMark();
  }

  /** The master has moved. @returns how the old connection is left. */
  takeOver(): Departure {
    const departure = this.#departure ?? new Departure(this.#link, false);
    this.pushes.count();
    departure.succeed(this.pushes);
    return departure;
  }

  /** It is not needed: the master stays, or the client does not. */
  drop(): void {
    this.upstream.destroy(null);
  }

  async #establish(): Promise<void> {
    await this.upstream.opened();
    await redirectionOpened(this.#link, this.upstream.node);
    if (this.upstream.closed) return;
    this.#begun = true;
    this.#settledFirst = settlesFirst(this.#link);
    this.#isSilent = this.#settledFirst && this.#link.state.replies === 'off';
    listenOn(this.upstream, this.#link, this.pushes, () => {
      this.#refused = true;
    });
    await this.#answered();
  }

  /** Settles when everything that was sent until now has been answered, or will not be. */
  #answered(): Promise<void> {
    return new Promise((resolve) => {
      if (this.upstream.closed) resolve();
      else sendMark(this.upstream, this.#isSilent, resolve, resolve);
    });
  }
}
