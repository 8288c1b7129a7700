import { Effect, type CommandInfo } from '../command/command-info.js';
import { decodeRequest } from '../resp/decode.js';
import { encodeNullArray, encodeRequest } from '../resp/encode.js';
import { FrameType } from '../resp/reply-scanner.js';
import { LinkState } from '../session/link-state.js';
import { BlockedCall } from './blocked-call.js';
import type { Client } from './client.js';
import { adoptFromExec, bindsIdentity } from './exec-reply.js';
import { Moving } from './moving.js';
import { PushPort } from './push-port.js';
import { FrameWatcher, ReplyCollector } from './reply-sink.js';
import { sendSubscription } from './subscription.js';
import { sendTracking } from './tracking.js';
import type { Upstream } from './upstream.js';

const PING = encodeRequest(['PING']);

/**
 * A connection that belongs to one client for as long as the client holds state there, and the state itself. When the
 * master moves, the state is built up again on a connection to the new master ({@link Moving}).
 */
export class PrivateLink {
  readonly state = new LinkState();
  readonly client: Client;
  /** Where messages, invalidations and MONITOR lines go. */
  readonly pushes: PushPort;
  upstream: Upstream;
  readonly #moving: Moving;
  #blocked: BlockedCall | null = null;
  /** The rest of a large request is still to come from the client. */
  #halfSent = false;

  constructor(client: Client, upstream: Upstream) {
    this.client = client;
    this.upstream = upstream;
    this.pushes = new PushPort(this);
    this.#moving = new Moving(this);
  }

  /** The master moved, and replies are still to come from the old one. */
  get stale(): boolean {
    return this.#moving.due;
  }

  /** The server's number of this connection while the client is blocked on it, else 0. */
  get blockedServerId(): number {
    return this.#blocked === null ? 0 : this.upstream.serverId;
  }

  /** Nothing on the connection belongs to the client any more, and nothing waits there. */
  get free(): boolean {
    return this.state.clean && this.#blocked === null && !this.#halfSent;
  }

  /** Sends a request and notes what it does to the connection. */
  send(info: CommandInfo, frame: Buffer): void {
    const { state } = this;
    const wasInMulti = state.inMulti;
    if (info.effect === Effect.Exec && wasInMulti && state.watchBroken && !state.queueFailed) {
      this.#answerExecNull();
      return;
    }
    const { queue } = state;
    state.sent(info, frame);
    if (wasInMulti) {
      if (info.effect === Effect.Exec && state.replies === 'on' && queue !== null && bindsIdentity(queue)) {
        this.upstream.send(adoptFromExec(this, queue), frame, 0, frame.length, info.write);
        this.client.outstanding++;
        return;
      }
      this.#sendQueued(info, frame);
      return;
    }
    switch (info.effect) {
      case Effect.Blocking:
        this.#block(info, frame);
        break;
      case Effect.Subscribe:
      case Effect.Unsubscribe:
        sendSubscription(this, info, frame);
        break;
      case Effect.Monitor:
        this.upstream.pushSink = this.pushes;
        this.forward(info, frame);
        break;
      case Effect.Tracking:
        sendTracking(this, info, frame);
        break;
      case Effect.Reply:
        this.#switchReplies(info, frame);
        break;
      default:
        this.forward(info, frame);
    }
  }

  /** A large request begins; its bytes follow with {@link pass}. It can not be replayed. */
  beginLarge(write: boolean): void {
    if (this.state.inMulti) this.state.queue = null;
    this.#halfSent = true;
    const frames = this.takeReplyCount();
    this.upstream.expect(this.client, write, frames);
    this.client.outstanding += frames;
  }

  /** @param owned the chunk lies in memory that nobody else looks at; it is the link's then. */
  pass(chunk: Buffer, owned: boolean): void {
    if (owned) this.upstream.sendChunk(chunk);
    else this.upstream.sendBytes(chunk, 0, chunk.length);
    if (!this.upstream.full) return;
    this.client.wait('upstream');
    this.upstream.onWritable(() => this.client.resume('upstream'));
  }

  endLarge(): void {
    this.#halfSent = false;
    if (this.client.outstanding === 0) this.onAllAnswered();
  }

  /** Every reply has come: the place to change or to give back the connection. */
  onAllAnswered(): void {
    this.pushes.onAllAnswered();
    if (this.#halfSent) return;
    if (this.#moving.due) {
      this.#moving.start();
      return;
    }
    if (!this.free) return;
    this.client.link = null;
    this.client.shard.giveBack(this.upstream);
  }

  onMasterMoved(): void {
    if (this.#moving.waitsForMaster || (this.client.outstanding === 0 && !this.#halfSent)) this.#moving.start();
    else this.#moving.due = true;
  }

  /** The client is gone. What it left on the connection dies with the connection. */
  abandon(): void {
    this.#moving.abandon();
    if (this.free && this.upstream.inFlight === 0 && this.upstream.ready) {
      this.client.shard.giveBack(this.upstream);
    } else {
      this.upstream.destroy(null);
    }
  }

  /** The connection broke by itself. State that the client relies on is gone with it, so the client must know. */
  lost(): void {
    this.client.link = null;
    if (!this.state.clean) this.client.destroy();
  }

  /** Sends a blocked call once more, on the new master, as soon as there is one. */
  issueAgain(call: BlockedCall, frame: Buffer): void {
    this.#moving.start(() => this.upstream.send(call, frame, 0, frame.length, false));
  }

  /** The call that the client was blocked in has ended. */
  unblocked(): void {
    this.#blocked = null;
    this.client.resume('blocked');
  }

  forward(info: CommandInfo, frame: Buffer): void {
    const frames = this.takeReplyCount();
    this.upstream.send(this.client, frame, 0, frame.length, info.write, frames);
    this.client.outstanding += frames;
  }

  /** How many replies the next request gets: none after CLIENT REPLY OFF or SKIP. */
  takeReplyCount(): 0 | 1 {
    const { state } = this;
    const frames = state.replies === 'on' ? 1 : 0;
    if (state.replies === 'skip') state.replies = 'on';
    return frames;
  }

  /** The request after CLIENT REPLY SKIP is answered elsewhere: the server must keep silent to something else. */
  spendSkip(): void {
    if (this.state.replies === 'skip') this.upstream.send(this.client, PING, 0, PING.length, false, 0);
  }

  /** Inside MULTI: the reply tells whether the command was queued. EXEC and DISCARD answer as themselves. */
  #sendQueued(info: CommandInfo, frame: Buffer): void {
    const { effect } = info;
    // MULTI and WATCH are refused in a transaction without any harm to it.
    const harmless =
      effect === Effect.Exec || effect === Effect.Discard || effect === Effect.Multi || effect === Effect.Watch;
    if (harmless || this.state.replies !== 'on') {
      this.forward(info, frame);
      return;
    }
    const watcher = new FrameWatcher(this.client, (firstByte) => {
      if (firstByte === FrameType.Error) this.state.queueFailed = true;
    });
    this.upstream.send(watcher, frame, 0, frame.length, info.write);
    this.client.outstanding++;
  }

  /** A watched key may have changed while the master moved: EXEC says so, and nothing runs. */
  #answerExecNull(): void {
    const { client } = this;
    this.state.endTransaction();
    const discard = encodeRequest(['DISCARD']);
    if (this.takeReplyCount() === 0) {
      this.upstream.send(client, discard, 0, discard.length, false, 0);
      return;
    }
    client.outstanding++;
    const nothing = encodeNullArray(client.session.identity.resp);
    const answered = (): void => client.onReply(nothing, 0, nothing.length, 1);
    this.upstream.send(new ReplyCollector(answered, answered), discard, 0, discard.length, false);
  }

  #block(info: CommandInfo, frame: Buffer): void {
    const { client } = this;
    if (this.state.replies !== 'on') {
      this.forward(info, frame);
      return;
    }
    if (info.name === 'wait' || info.name === 'waitaof') {
      // WAIT speaks of the last offset of its own connection; the client's writes went over the lane before (SERVER-FACTS: any command will do).
      this.upstream.send(new ReplyCollector(ignore, ignore), PING, 0, PING.length, false);
    }
    this.#blocked = new BlockedCall(client, this, info, Buffer.from(frame));
    this.#blocked.send();
    client.outstanding++;
    client.wait('blocked');
  }

  /** CLIENT REPLY ON is answered, OFF and SKIP are not; from then on the server itself keeps silent. */
  #switchReplies(info: CommandInfo, frame: Buffer): void {
    const { state } = this;
    const args = decodeRequest(frame);
    const mode = args.length === 3 ? (args[2]?.toString('latin1').toLowerCase() ?? '') : '';
    if (mode === 'on') state.replies = 'on';
    if (mode === 'off' || (mode === 'skip' && state.replies !== 'off')) {
      this.upstream.send(this.client, frame, 0, frame.length, false, 0);
      state.replies = mode;
      return;
    }
    this.forward(info, frame);
  }
}

function ignore(): void {
  // The reply was the proxy's own business and says nothing that matters.
}
