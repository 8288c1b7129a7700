import { encodeRequest } from '../resp/encode.js';
import { FrameType } from '../resp/reply-scanner.js';
import { ALWAYS_REFUSED, type Transaction } from '../session/transaction.js';
import type { PrivateLink } from './private-link.js';
import { ReplyCollector } from './reply-sink.js';
import { withServerIds } from './tracking.js';
import type { Upstream } from './upstream.js';
import type { UpstreamError } from './upstream-error.js';

const PING = encodeRequest(['PING']);
const MULTI = encodeRequest(['MULTI']);
const EXEC = encodeRequest(['EXEC']);

/**
 * What stands in for a queue that was too large to keep: the server refuses the second request, and so answers EXEC with
 * its own EXECABORT, which every client knows as "nothing ran".
 */
const SPOILED_TRANSACTION = [MULTI, ALWAYS_REFUSED];

/** A new master that does not take the connection is asked again after this long. */
const RETRY_MS = 50;
/** The last messages of the old connection come at once or, from a server that hangs, not at all. */
const OLD_CONNECTION_MS = 1000;

/**
 * How a private link gets to another master.
 *
 * 1. The last reply of the old master has come (until then the move is *due*).
 * 2. A connection to the new master is taken, mostly one that was opened before the switch.
 * 3. The state is built up there: subscriptions, tracking, modes, MONITOR, the queue of an open transaction. The replies
 *    to that are the proxy's own and no client sees them. The queue goes last, and only to a master that takes MULTI from
 *    this user: without it the queued commands would run at once.
 * 4. A blocked call is issued again.
 * 5. The old connection ends. What a subscriber still gets there stands before a PONG, and the messages of the new
 *    connection wait for it: none is lost, none comes twice, and their order is kept.
 *
 * While there is no master the move waits for one; when the connection can not be opened it is tried again for as long as
 * commands may wait at all, and then the client has to know that its state is gone: its connection ends.
 */
export class Moving {
  due = false;
  readonly #link: PrivateLink;
  /** The connection with the client's state, until it has been left. */
  #left: Upstream | null = null;
  #then: (() => void) | null = null;
  /** The new master has been asked whether it takes MULTI. */
  #asking = false;

  constructor(link: PrivateLink) {
    this.#link = link;
  }

  /** The state is not yet where the client's next command has to go. */
  get underWay(): boolean {
    return this.due || this.#asking;
  }

  /** There is something to do as soon as there is a master. */
  get waitsForMaster(): boolean {
    return this.#then !== null || this.#left !== null;
  }

  /** @param then runs once when the state is there. */
  start(then: (() => void) | null = null): void {
    const link = this.#link;
    const { client } = link;
    const { links } = client.shard;
    this.#then ??= then;
    if (links === null) return;
    this.due = false;
    this.#asking = false;
    if (link.free) {
      client.link = null;
      this.abandon();
      link.upstream.retire();
      return;
    }
    const fresh = links.privateLink(client.session.identity);
    if (this.#left === null) this.#left = link.upstream;
    else link.upstream.destroy(null);
    link.upstream = fresh;
    link.state.breakWatch();
    if (fresh.ready) this.#arrive(fresh);
    else
      fresh.opened().then(
        () => this.#arrive(fresh),
        (error: UpstreamError) => this.#onFailed(fresh, error),
      );
  }

  /** Whether what happens to `fresh` still matters: no other move has begun, and the client has not let go of its state. */
  #concerns(fresh: Upstream): boolean {
    const { client, upstream } = this.#link;
    return upstream === fresh && !client.closed && client.link === this.#link;
  }

  /** The client is gone, or what it left on the connection. */
  abandon(): void {
    this.#left?.destroy(null);
    this.#left = null;
    this.#then = null;
  }

  #arrive(fresh: Upstream): void {
    const link = this.#link;
    const { client } = link;
    if (!this.#concerns(fresh)) return;
    const old = this.#left;
    const then = this.#then;
    this.#left = null;
    this.#then = null;
    if (old !== null) this.#leave(old);
    this.#replay(fresh);
    const arrived = (): void => {
      this.#replaySilence(fresh);
      this.#replayQueue(fresh);
      then?.();
      client.resume('upstream');
      client.resume('replies');
    };
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
          link.client.destroy();
          return;
        }
        // The old master has refused it too, unheard: CLIENT REPLY OFF.
        link.state.endTransaction();
      }
      goOn();
    };
    const onLost = (): void => {
      if (this.#concerns(fresh)) link.client.destroy();
    };
    fresh.send(new ReplyCollector(onReply, onLost), MULTI, 0, MULTI.length, false);
    fresh.send(new ReplyCollector(ignore, ignore), EXEC, 0, EXEC.length, false);
  }

  #leave(old: Upstream): void {
    const { state, pushes } = this.#link;
    old.pushSink = null;
    if (!state.subscribed || old.closed || old.retired) {
      old.destroy(null);
      return;
    }
    pushes.holdBack();
    old.pushSink = pushes.ofOldConnection();
    const finish = (): void => {
      clearTimeout(timer);
      old.pushSink = null;
      old.destroy(null);
      pushes.release();
    };
    const timer = setTimeout(finish, OLD_CONNECTION_MS).unref();
    old.send(new ReplyCollector(finish, finish), PING, 0, PING.length, false);
  }

  #onFailed(fresh: Upstream, error: UpstreamError): void {
    const link = this.#link;
    const { client } = link;
    if (!this.#concerns(fresh)) return;
    const { links, options } = client.shard;
    const since = links?.failingSince ?? options.now();
    if (error.reply !== null || options.now() - since > options.outageHoldMs) {
      client.destroy();
      return;
    }
    setTimeout(() => {
      if (this.#concerns(fresh)) this.start();
    }, RETRY_MS).unref();
  }

  #replay(fresh: Upstream): void {
    const { state, client, pushes } = this.#link;
    const swallow = (bytes: Buffer, frames: number): void =>
      fresh.send(new ReplyCollector(ignore, ignore), bytes, 0, bytes.length, false, frames);
    if (state.subscribed || state.monitoring || state.tracking) fresh.pushSink = pushes;
    const commands = { channel: 'SUBSCRIBE', pattern: 'PSUBSCRIBE', shard: 'SSUBSCRIBE' } as const;
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      const names = [...state.subscriptions[kind]].map((name) => Buffer.from(name, 'latin1'));
      if (names.length > 0) swallow(encodeRequest([commands[kind], ...names]), names.length);
    }
    if (state.trackingRequest !== null) {
      swallow(withServerIds(client.shard, state.trackingRequest), 1);
      // What the client cached may have changed while nobody tracked it.
      if (client.session.identity.resp === 3) client.reply(Buffer.from('>2\r\n$10\r\ninvalidate\r\n_\r\n'));
    }
    if (state.monitoring) swallow(encodeRequest(['MONITOR']), 1);
    for (const request of state.modes.values()) swallow(request, 1);
  }

  /** Behind everything that is answered, and before MULTI: there it would be queued. */
  #replaySilence(fresh: Upstream): void {
    const { replies } = this.#link.state;
    if (replies === 'on') return;
    const request = encodeRequest(['CLIENT', 'REPLY', replies]);
    fresh.send(new ReplyCollector(ignore, ignore), request, 0, request.length, false, 0);
  }

  #replayQueue(fresh: Upstream): void {
    const { transaction, replies } = this.#link.state;
    if (transaction === null) return;
    if (transaction.queue === null) transaction.failed = true;
    const frames = replies === 'on' ? 1 : 0;
    for (const request of transaction.queue ?? SPOILED_TRANSACTION) {
      fresh.send(new ReplyCollector(ignore, ignore), request, 0, request.length, false, frames);
    }
  }
}

function ignore(): void {
  // The reply was the proxy's own business and says nothing that matters.
}
