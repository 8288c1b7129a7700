import { encodeRequest } from '../../resp/encode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import { ALWAYS_REFUSED, type Transaction } from '../../session/transaction.js';
import { Departure } from './departure.js';
import { disconnect } from '../client/disconnect.js';
import { listenOn, settlesFirst } from './listening.js';
import { OwnRequest } from '../upstream/own-request.js';
import type { PrivateLink } from './private-link.js';
import { PushPort } from './push-port.js';
import { ReplyCollector } from '../upstream/reply-sink.js';
import { invalidateAll, redirectionOpened } from './tracking.js';
import type { Twin } from './twin.js';
import type { Upstream } from '../upstream/upstream.js';
import { UpstreamError } from '../upstream/upstream-error.js';

const MULTI = encodeRequest(['MULTI']);
const EXEC = encodeRequest(['EXEC']);

/**
 * What stands in for a queue that was too large to keep: the server refuses the second request, and so answers EXEC with
 * its own EXECABORT, which every client knows as "nothing ran".
 */
const SPOILED_TRANSACTION = [MULTI, ALWAYS_REFUSED];

/** A new master that does not take the connection is asked again after this long. */
const RETRY_MS = 50;

/** The connection with the client's state, until it has been left; with a departure where the client listens. */
interface Old {
  readonly upstream: Upstream;
  readonly departure: Departure | null;
}

/**
 * How a private link gets to another master.
 *
 * 1. A client that listens has a {@link Twin} there already; from this moment the twin's pushes follow the old ones.
 * 2. The last reply of the old master has come (until then the move is *due*).
 * 3. Without a twin, a connection to the new master is taken, mostly one that was opened before the switch.
 * 4. The state is built up there: what the client listens to (a twin has it), modes, the queue of an open transaction. The
 *    replies to that are the proxy's own and no client sees them. The queue goes last, and only to a master that takes
 *    MULTI from this user: without it the queued commands would run at once.
 * 5. A blocked call is issued again.
 * 6. The old connection ends when its last message has come ({@link Departure}).
 *
 * While there is no master the move waits for one; when the connection can not be opened it is tried again for as long as
 * commands may wait at all, and then the client has to know that its state is gone: its connection ends.
 */
export class Moving {
  due = false;
  readonly #link: PrivateLink;
  #old: Old | null = null;
  #twin: Twin | null = null;
  /** Of the connection that is the client's, when a twin is about to replace it. */
  #departure: Departure | null = null;
  /** Of the one before, whose last messages are still to come. */
  #leaving: Departure | null = null;
  #then: (() => void) | null = null;
  /** The new master has been asked whether it takes MULTI. */
  #asking = false;

  constructor(link: PrivateLink) {
    this.#link = link;
  }

  /** The state is not yet where the client's next command has to go. */
  get underWay(): boolean {
    return this.due || this.#asking || this.waitsForMaster;
  }

  /** There is something to do as soon as there is a master. */
  get waitsForMaster(): boolean {
    return this.#then !== null || this.#old !== null;
  }

  /** Step 1. A subscriber that would miss messages unawares is disconnected instead: then it knows. */
  takeTwin(): void {
    const link = this.#link;
    if (this.#twin !== null && this.#twin.upstream.node !== link.client.shard.master) {
      // The master has moved once more before the last reply came.
      this.#twin.drop();
      this.#twin = null;
      this.#departure = null;
    }
    const twin = link.twins.take();
    if (twin === null) return;
    if (twin.wasToBeMarked && !twin.isComplete && link.state.subscribed) {
      twin.drop();
      disconnect(link.client, 'missed-messages', 'at-once');
    } else if (twin.isReady) {
      this.#twin = twin;
      this.#departure = twin.takeOver();
    } else {
      twin.drop();
    }
  }

  /** @param then runs once when the state is there. */
  start(then: (() => void) | null = null): void {
    const link = this.#link;
    const { client } = link;
    const { links } = client.shard;
    this.#then ??= then;
    if (links === null) {
      // The gate holds what the client says next, for as long as commands wait.
      client.resume('replies');
      return;
    }
    this.due = false;
    this.#asking = false;
    if (link.state.debugging) {
      // The script stands in the middle, in a process of the old master.
      disconnect(client, 'state-lost', 'at-once');
      return;
    }
    if (link.free) {
      client.link = null;
      this.abandon();
      link.upstream.retire();
      return;
    }
    this.takeTwin();
    const twin = this.#twin;
    this.#twin = null;
    if (twin !== null && twin.upstream.closed && link.state.subscribed) {
      disconnect(link.client, 'missed-messages', 'at-once');
      return;
    }
    this.#leaveLater();
    link.state.breakWatch();
    if (twin !== null && !twin.upstream.closed) {
      link.connect(twin.upstream, twin.pushes);
      this.#arrive(twin.upstream, twin);
      return;
    }
    const fresh = links.privateLink(client.session.identity);
    link.connect(fresh, new PushPort(link, fresh, (this.#old?.departure ?? null) === null ? 'open' : 'waiting'));
    if (fresh.ready && link.state.trackingRequest === null) this.#arrive(fresh, null);
    else
      fresh
        .opened()
        .then(() => redirectionOpened(link, fresh.node))
        .then(() => {
          if (fresh.closed) throw new UpstreamError(`${fresh.node} closed the connection`, null);
          this.#arrive(fresh, null);
        })
        .catch((error: unknown) => this.#onFailed(fresh, error));
  }

  /** Whether what happens to `fresh` still matters: no other move has begun, and the client has not let go of its state. */
  #concerns(fresh: Upstream): boolean {
    const { client, upstream } = this.#link;
    return upstream === fresh && !client.closed && client.link === this.#link;
  }

  /** The client is gone, or what it left on the connection. */
  abandon(): void {
    this.#twin?.drop();
    this.#departure?.abandon();
    this.#leaving?.abandon();
    this.#old?.upstream.destroy(null);
    this.#twin = null;
    this.#old = null;
    this.#then = null;
  }

  /** The connection is given up when the next one has the client's state; one that never had it, at once. */
  #leaveLater(): void {
    const link = this.#link;
    if (this.#old !== null) {
      link.upstream.destroy(null);
      return;
    }
    const departure = this.#departure ?? (link.state.listens ? new Departure(link, false) : null);
    this.#old = { upstream: link.upstream, departure };
    this.#departure = null;
  }

  #arrive(fresh: Upstream, twin: Twin | null): void {
    const link = this.#link;
    const { client } = link;
    if (!this.#concerns(fresh)) return;
    const old = this.#old;
    const then = this.#then;
    this.#old = null;
    this.#then = null;
    const settled = twin?.settledFirst ?? settlesFirst(link);
    if (twin === null) listenOn(fresh, link, link.pushes, () => disconnect(client, 'state-lost', 'at-once'));
    // What the client cached may have changed while nobody tracked it.
    if (link.state.trackingRequest !== null) invalidateAll(link);
    if (!settled) for (const request of link.state.modes.values()) swallow(fresh, request, 1);
    if (old !== null) this.#leave(old, then !== null);
    const arrived = (): void => {
      if (link.state.cachingRequest !== null) swallow(fresh, link.state.cachingRequest, 1);
      if (!settled) this.#replaySilence(fresh);
      this.#replayQueue(fresh);
      then?.();
      client.resume('upstream');
      client.resume('replies');
    };
    // Where the server takes no MULTI, the client is in none.
    if (settled && link.state.inMulti) link.state.endTransaction();
    const { transaction } = link.state;
    if (transaction === null) arrived();
    else this.#askForMulti(fresh, transaction, arrived);
  }

  /** Goes on when the new master has said that it takes MULTI; an ACL may differ from node to node. */
  #askForMulti(fresh: Upstream, transaction: Transaction, goOn: () => void): void {
    const link = this.#link;
    this.#asking = true;
    const onReply = (reply: Buffer): void => {
      if (!this.#concerns(fresh)) return;
      this.#asking = false;
      if (reply[0] === FrameType.Error) {
        if (!transaction.doubtful) {
          disconnect(link.client, 'state-lost', 'at-once');
          return;
        }
        // The old master has refused it too, unheard: CLIENT REPLY OFF.
        link.state.endTransaction();
      }
      goOn();
    };
    const onLost = (): void => {
      if (this.#concerns(fresh)) disconnect(link.client, 'state-lost', 'at-once');
    };
    fresh.send(new ReplyCollector(onReply, onLost), MULTI, 0, MULTI.length, false);
    swallow(fresh, EXEC, 1);
  }

  #leave(old: Old, unblocked: boolean): void {
    const { departure, upstream } = old;
    if (departure === null) {
      upstream.destroy(null);
      return;
    }
    this.#leaving = departure;
    // The end of a blocked call is the last thing that a demoted server says of its own.
    if (unblocked && !departure.isAsked) departure.markedByReply();
    departure.succeed(this.#link.pushes);
    departure.leave(() => {
      if (this.#leaving === departure) this.#leaving = null;
    });
  }

  #onFailed(fresh: Upstream, error: unknown): void {
    const link = this.#link;
    const { client } = link;
    if (!this.#concerns(fresh)) return;
    const { links, options } = client.shard;
    const since = links?.failingSince ?? options.now();
    const mayComeLater = error instanceof UpstreamError && error.reply === null;
    if (!mayComeLater || options.now() - since > options.outageHoldMs) {
      disconnect(client, 'state-lost', 'at-once');
      return;
    }
    setTimeout(() => {
      if (this.#concerns(fresh)) this.start();
    }, RETRY_MS).unref();
  }

  /** Behind everything that is answered, and before MULTI: there it would be queued. */
  #replaySilence(fresh: Upstream): void {
    const { replies } = this.#link.state;
    if (replies !== 'on') swallow(fresh, encodeRequest(['CLIENT', 'REPLY', replies]), 0);
  }

  #replayQueue(fresh: Upstream): void {
    const { transaction, replies } = this.#link.state;
    if (transaction === null) return;
    if (transaction.queue === null) transaction.failed = true;
    const frames = replies === 'on' ? 1 : 0;
    if (frames > 0) this.#link.transactions.begin(transaction, fresh, fresh.sent);
    const refused = (): void => this.#onQueueRefused(fresh, transaction);
    for (const request of transaction.queue ?? SPOILED_TRANSACTION) {
      fresh.send(new ReplayedRequest(refused), request, 0, request.length, false, frames);
    }
  }

  /** The node is not the master (any more): the queue is sent once more, to whoever is. */
  #onQueueRefused(fresh: Upstream, transaction: Transaction): void {
    const link = this.#link;
    link.transactions.isQueueRefused = true;
    if (link.upstream === fresh && link.state.transaction === transaction) this.due = true;
  }
}

/** A queued command that is sent anew. */
class ReplayedRequest extends OwnRequest {
  /** Its node is not the master. */
  readonly onRefused: () => void;

  constructor(onRefused: () => void) {
    super(() => undefined);
    this.onRefused = onRefused;
  }
}

/** Sends a request of the proxy's own; what the server says to it does not matter. */
function swallow(upstream: Upstream, request: Buffer, frames: number): void {
  upstream.send(new OwnRequest(() => undefined), request, 0, request.length, false, frames);
}
