import type { CommandInfo } from '../../command/command-info.js';
import type { NodeId } from '../../config/node-address.js';
import { decodeRequest } from '../../resp/decode.js';
import { encodeRequest } from '../../resp/encode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import { awaitedKeys, newestIds, withRemainingTime } from '../../session/blocking.js';
import type { LinedUp } from './blocked-line.js';
import type { Client } from '../client/client.js';
import { LastId, lastIdRequest } from './last-id.js';
import type { PrivateLink } from './private-link.js';
import { isRefusal } from '../upstream/refusals.js';
import { ReplyCollector, type ReplySink } from '../upstream/reply-sink.js';

const PING = encodeRequest(['PING']);
const REPLY_ON = encodeRequest(['CLIENT', 'REPLY', 'ON']);
const NO_BYTES = Buffer.alloc(0);
const REPLY_OFF = encodeRequest(['CLIENT', 'REPLY', 'OFF']);

/** Commands that take nothing from the server: asked twice they do no harm. */
const HARMLESS: ReadonlySet<string> = new Set(['xread', 'wait', 'waitaof']);

/**
 * What a node that is not the master says to a call that did not run: it waited when the node was demoted, or it came
 * after that; what any command is told ({@link isRefusal}) beside. CLIENT UNBLOCK and the end of an awaited stream have other words, and are answers like any other.
 */
const DID_NOT_RUN = /^-(UNBLOCKED force unblock |ERR WAIT(AOF)? cannot be used with replica )/;
const LONGEST_PREFIX = 48;

/**
 * - `lined-up`: with no server; waits for its turn in the {@link BlockedLine}, or for a connection
 * - `issued`: a server has it, or will have it
 * - `left`: a server that says nothing has been told that the client leaves; the end of the connection is still to come
 * - `refused`: the server has said that it did not run; the end of the reply or of the connection is still to come
 * - `waiting`: the same, and no other master is known yet: somebody else has moved it
 * - `over`: it has been answered, or nobody waits for it any more
 */
type Place = 'lined-up' | 'issued' | 'left' | 'refused' | 'waiting' | 'over';

/**
 * One call that may wait in the server.
 *
 * 1. It joins the line, and mostly is issued at once. XREAD from `$` first asks where that is.
 * 2. The server's reply is the client's, and the call is over.
 * 3. Or the node stops being the master and says so, in words that prove that nothing ran; or says nothing, and is left
 *    ({@link letGo}). The link moves, and when it is the call's turn it is issued on the new master, with the time that is
 *    left, and with the place that `$` was.
 * 4. If the master is not known to have moved, somebody else has done it: the same as soon as the new one is found.
 *
 * After CLIENT REPLY OFF the client gets nothing and waits all the same, so that what follows is not sent into a
 * connection that the switch ends: the server is told to answer this one call.
 */
export class BlockedCall implements ReplySink, LinedUp {
  readonly keys: readonly string[];
  readonly #client: Client;
  readonly #link: PrivateLink;
  readonly #info: CommandInfo;
  readonly #frame: Buffer;
  readonly #newest: readonly { readonly at: number; readonly key: Buffer; readonly last: LastId }[];
  /** CLIENT CACHING that speaks of this call. */
  readonly #caching: Buffer | null;
  readonly #startedAt: number;
  readonly #silent: boolean;
  #place: Place = 'lined-up';
  /** How often it was issued. */
  #issues = 0;
  /** The master is known to have it. */
  #settled = false;
  #begun = false;
  /** What the first node said that was the master no longer. */
  #refusal: Buffer | null = null;

  constructor(client: Client, link: PrivateLink, info: CommandInfo, frame: Buffer, silent: boolean) {
    this.#client = client;
    this.#link = link;
    this.#info = info;
    this.#frame = frame;
    this.#silent = silent;
    this.#caching = link.caching;
    this.#startedAt = client.shard.options.now();
    const args = decodeRequest(frame);
    const { db } = client.session.identity;
    this.keys = awaitedKeys(info.name, args).map((key) => `${db}/${key.toString('latin1')}`);
    this.#newest = newestIds(info.name, args).map(({ at, key }) => ({ at, key, last: new LastId() }));
  }

  /** The master is known to have it: CLIENT UNBLOCK will find it there. */
  get settled(): boolean {
    return this.#settled && this.#place === 'issued' && this.#atMaster;
  }

  /** It is with no server, and so nothing has to be waited for before its link can move. */
  get linedUp(): boolean {
    return this.#place === 'lined-up' || this.#place === 'waiting';
  }

  isAt(node: NodeId): boolean {
    return this.#place === 'issued' && this.#link.upstream.node === node && !this.#link.upstream.closed;
  }

  /** Its turn has come. A call that waits is no write in flight: a drain must not wait for it. */
  issue(): void {
    const { upstream } = this.#link;
    if (upstream.closed || !this.#atMaster) {
      this.comeAgain();
      return;
    }
    const { state } = this.#link;
    const first = this.#issues++ === 0;
    this.#place = 'issued';
    this.#settled = first;
    if (this.#silent && state.replies === 'off') this.#ask(REPLY_ON);
    if (first) {
      if (this.#info.name.startsWith('wait')) {
        // WAIT speaks of the last offset of its own connection; the client's writes went over the lane before. Any command will do.
        this.#ask(PING);
      }
      for (const { key, last } of this.#newest) {
        const request = lastIdRequest(key);
        upstream.send(last, request, 0, request.length, false);
        if (this.#caching !== null) this.#ask(this.#caching);
      }
      upstream.send(this, this.#frame, 0, this.#frame.length, false);
    } else {
      // Answered in the same breath in which the server takes the call; and WAIT needs a command before it here too.
      this.#ask(PING, () => this.#onSettled());
      if (this.#caching !== null) this.#ask(this.#caching);
      const frame = this.#renewed();
      upstream.send(this, frame, 0, frame.length, false);
    }
    if (this.#silent && state.replies === 'off') upstream.send(this, REPLY_OFF, 0, REPLY_OFF.length, false, 0);
  }

  /**
   * Somebody else is the master. A Redis says so to the call, in words that prove that it did not run. A Kvrocks says
   * nothing: so it is told that the client leaves, and closes the connection, behind the call's reply if there is one. It was
   * fenced long enough ago for that to have been written.
   */
  letGo(): void {
    if (this.#place !== 'issued' || this.#client.shard.dialect.endsBlockedCalls) return;
    this.#place = 'left';
    this.#link.upstream.hangUp();
  }

  /** Goes to the master that there is now. */
  comeAgain(): void {
    if (this.#client.closed) return;
    this.#place = 'lined-up';
    this.#link.move(() => {
      if (this.#place === 'lined-up') this.#client.shard.blocked.arrive(this);
    });
    const { links, outageOver } = this.#client.shard;
    if (links === null && outageOver) this.onOutageOver();
  }

  /**
   * A call can come to a node when that is the master no longer, and a replica lets XREAD wait as well. It must not stay
   * there: the node is about to be stopped, perhaps.
   */
  onOverdue(): void {
    if (this.#place === 'issued' && !this.#atMaster && HARMLESS.has(this.#info.name)) this.#link.upstream.destroy(null);
  }

  /** No master for longer than commands wait: this one, which did not run, is answered as they are. */
  onOutageOver(): void {
    if (this.#place !== 'lined-up') return;
    this.#end();
    if (!this.#silent) this.#client.fail('no-master');
    this.#client.onReply(NO_BYTES, 0, 0, 1);
  }

  /** The client is gone. */
  abandon(): void {
    this.#place = 'over';
    this.#client.shard.blocked.leave(this);
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    if (!this.#begun && this.#didNotRun(bytes, start, end)) {
      if (this.#atMaster) {
        this.#waitForMaster(Buffer.from(bytes.subarray(start, end)), frames);
        return;
      }
      this.#place = 'refused';
      if (frames > 0) this.comeAgain();
      return;
    }
    this.#begun = true;
    if (frames > 0) this.#end();
    // Of a silent call the client gets no byte.
    this.#client.onReply(bytes, start, this.#silent ? start : end, frames);
  }

  onLost(frames: number, begun: boolean): void {
    const harmless = !this.#begun && !this.#atMaster && HARMLESS.has(this.#info.name);
    const leftUnanswered = this.#place === 'left' && !begun && this.#link.upstream.ended;
    if (this.#place === 'refused' || leftUnanswered || harmless) {
      this.comeAgain();
      return;
    }
    this.#end();
    if (this.#silent) this.#client.onReply(NO_BYTES, 0, 0, frames);
    else this.#client.onLost(frames, begun);
  }

  get #atMaster(): boolean {
    return this.#client.shard.links?.owns(this.#link.upstream) === true;
  }

  #end(): void {
    this.#place = 'over';
    this.#client.shard.blocked.leave(this);
    this.#link.unblocked();
  }

  /**
   * Holdfast did not move the master, and will soon be told who did: the call waits as commands do in an outage, and then
   * its client gets the (first) refusal as it is. If the node is the master still, or once more, the call goes back there.
   */
  #waitForMaster(refusal: Buffer, frames: number): void {
    this.#place = 'waiting';
    const said = (this.#refusal ??= refusal);
    const { shard } = this.#client;
    const { links, options } = shard;
    shard.refused.hear(links);
    shard.doubt.whenSettled(() => {
      if (this.#place === 'waiting' && shard.links === links) this.comeAgain();
    });
    const giveUp = (): void => {
      if (this.#place !== 'waiting') return;
      this.#end();
      this.#client.onReply(said, 0, this.#silent ? 0 : said.length, frames);
    };
    setTimeout(giveUp, options.outageHoldMs).unref();
  }

  #didNotRun(bytes: Buffer, start: number, end: number): boolean {
    if (bytes[start] !== FrameType.Error) return false;
    if (DID_NOT_RUN.test(bytes.toString('latin1', start, Math.min(end, start + LONGEST_PREFIX)))) return true;
    return isRefusal(this.#client.shard.options.nodes, bytes, start, end);
  }

  #onSettled(): void {
    this.#settled = true;
    this.#client.shard.blocked.wake();
  }

  /** Asks something on the call's connection in the proxy's own name. */
  #ask(request: Buffer, onAnswer: () => void = ignore): void {
    this.#link.upstream.send(new ReplyCollector(onAnswer, ignore), request, 0, request.length, false);
  }

  /** The request for another master than the one that had it first. */
  #renewed(): Buffer {
    const args = decodeRequest(this.#frame);
    for (const { at, last } of this.#newest) if (last.id !== null) args[at] = Buffer.from(last.id);
    return withRemainingTime(this.#info.name, args, this.#client.shard.options.now() - this.#startedAt);
  }
}

function ignore(): void {
  // What was asked by the way says nothing that matters, and when the connection ends the call itself is told.
}
