import { Effect, type CommandInfo } from '../command/command-info.js';
import { decodeRequest } from '../resp/decode.js';
import { encodeNullArray, encodeRequest } from '../resp/encode.js';
import { LinkState, type SubscriptionKind } from '../session/link-state.js';
import { BlockedCall } from './blocked-call.js';
import type { Client } from './client.js';
import { FrameWatcher, ReplyCollector } from './reply-sink.js';
import type { PushSink } from './inbox.js';
import type { Upstream } from './upstream.js';

/** What a subscriber receives without having asked: messages (RESP2 arrays, RESP3 pushes) and invalidations. */
const PUSH = /^[*>]\d+\r\n\$\d+\r\n(message|pmessage|smessage|invalidate|tracking-redir-broken)\r\n/i;
/** What MONITOR streams. */
const MONITOR_LINE = /^\+\d+\.\d+ \[/;

const PING = encodeRequest(['PING']);

/**
 * A connection that belongs to one client for as long as the client holds state there, and the state itself. When the
 * master moves, the state is built up again on a connection to the new master.
 */
export class PrivateLink implements PushSink {
  readonly state = new LinkState();
  upstream: Upstream;
  /** The master moved, and replies are still to come from the old one. */
  stale = false;
  readonly #client: Client;
  #blocked: BlockedCall | null = null;

  constructor(client: Client, upstream: Upstream) {
    this.#client = client;
    this.upstream = upstream;
  }

  /** The server's number of this connection while the client is blocked on it, else 0. */
  get blockedServerId(): number {
    return this.#blocked === null ? 0 : this.upstream.serverId;
  }

  /** Sends a request and notes what it does to the connection. */
  send(info: CommandInfo, frame: Buffer): void {
    const { state } = this;
    const wasInMulti = state.inMulti;
    if (info.effect === Effect.Exec && wasInMulti && state.watchBroken && !state.queueFailed) {
      this.#answerExecNull();
      return;
    }
    state.sent(info, frame);
    if (wasInMulti) {
      this.#sendQueued(info, frame);
      return;
    }
    switch (info.effect) {
      case Effect.Blocking:
        this.#block(info, frame);
        break;
      case Effect.Subscribe:
      case Effect.Unsubscribe:
        this.#subscribe(info, frame);
        break;
      case Effect.Monitor:
        this.upstream.pushSink = this;
        this.#forward(info, frame);
        break;
      case Effect.Tracking:
        this.#track(info, frame);
        break;
      case Effect.Reply:
        this.#switchReplies(info, frame);
        break;
      default:
        this.#forward(info, frame);
    }
  }

  /** A large request begins; its bytes follow with {@link pass}. It can not be replayed. */
  beginLarge(write: boolean): void {
    if (this.state.inMulti) this.state.queue = null;
    this.upstream.expect(this.#client, write, 1);
    this.#client.outstanding++;
  }

  pass(bytes: Buffer, start: number, end: number): void {
    this.upstream.sendBytes(bytes, start, end);
    if (!this.upstream.full) return;
    this.#client.wait('upstream');
    this.upstream.onWritable(() => this.#client.resume());
  }

  /** Every reply has come: the place to change or to give back the connection. */
  onAllAnswered(): void {
    if (this.stale) {
      this.#rehome();
      return;
    }
    if (!this.state.clean || this.#blocked !== null) return;
    this.#client.link = null;
    this.#client.shard.giveBack(this.upstream);
  }

  onMasterMoved(): void {
    if (this.#client.outstanding > 0) this.stale = true;
    else this.#rehome();
  }

  /** The client is gone. What it left on the connection dies with the connection. */
  abandon(): void {
    if (this.state.clean && this.upstream.inFlight === 0 && this.upstream.ready) {
      this.#client.shard.giveBack(this.upstream);
    } else {
      this.upstream.destroy(null);
    }
  }

  /** The connection broke by itself. State that the client relies on is gone with it, so the client must know. */
  lost(): void {
    this.#client.link = null;
    if (!this.state.clean) this.#client.destroy();
  }

  isPush(prefix: Buffer): boolean {
    const start = prefix.toString('latin1', 0, 64);
    return PUSH.test(start) || (this.state.monitoring && MONITOR_LINE.test(start));
  }

  onPush(bytes: Buffer, start: number, end: number): void {
    this.#client.reply(Buffer.from(bytes.subarray(start, end)));
  }

  /** Sends a blocked call once more, on the new master. */
  issueAgain(call: BlockedCall, frame: Buffer): void {
    this.#rehome(() => this.upstream.send(call, frame, 0, frame.length, false));
  }

  /** The call that the client was blocked in has ended. */
  unblocked(): void {
    this.#blocked = null;
    if (this.#client.waitsFor === 'blocked') this.#client.resume();
  }

  #forward(info: CommandInfo, frame: Buffer): void {
    const { state } = this;
    const frames = state.replies === 'on' ? 1 : 0;
    if (state.replies === 'skip') state.replies = 'on';
    this.upstream.send(this.#client, frame, 0, frame.length, info.write, frames);
    this.#client.outstanding += frames;
  }

  /** Inside MULTI: the reply tells whether the command was queued. EXEC and DISCARD answer as themselves. */
  #sendQueued(info: CommandInfo, frame: Buffer): void {
    if (info.effect === Effect.Exec || info.effect === Effect.Discard) {
      this.#forward(info, frame);
      return;
    }
    const watcher = new FrameWatcher(this.#client, (firstByte) => {
      if (firstByte === 45) this.state.queueFailed = true;
    });
    this.upstream.send(watcher, frame, 0, frame.length, info.write);
    this.#client.outstanding++;
  }

  /** A watched key may have changed while the master moved: EXEC says so, and nothing runs. */
  #answerExecNull(): void {
    const client = this.#client;
    this.state.endTransaction();
    const discard = encodeRequest(['DISCARD']);
    client.outstanding++;
    const answered = (): void => {
      client.onReply(encodeNullArray(client.session.identity.resp), 0, client.session.identity.resp === 2 ? 5 : 3, 1);
    };
    this.upstream.send(new ReplyCollector(answered, answered), discard, 0, discard.length, false);
  }

  #block(info: CommandInfo, frame: Buffer): void {
    const client = this.#client;
    if (info.name === 'wait' || info.name === 'waitaof') {
      // WAIT speaks of the last offset of its own connection; the client's writes went over the lane before (SERVER-FACTS: any command will do).
      this.upstream.send(new ReplyCollector(ignore, ignore), PING, 0, PING.length, false);
    }
    this.#blocked = new BlockedCall(client, this, info, Buffer.from(frame));
    this.#blocked.send();
    client.outstanding++;
    client.wait('blocked');
  }

  #subscribe(info: CommandInfo, frame: Buffer): void {
    const { subscriptions } = this.state;
    const kind: SubscriptionKind = info.name.startsWith('p')
      ? 'pattern'
      : info.name.startsWith('ss') || info.name.startsWith('suns')
        ? 'shard'
        : 'channel';
    const names = decodeRequest(frame)
      .slice(1)
      .map((name) => name.toString('latin1'));
    const set = subscriptions[kind];
    let frames = Math.max(1, names.length);
    if (info.effect === Effect.Subscribe) {
      this.upstream.pushSink = this;
      for (const name of names) set.add(name);
    } else if (names.length === 0) {
      frames = Math.max(1, set.size);
      set.clear();
    } else {
      for (const name of names) set.delete(name);
    }
    const watcher = new FrameWatcher(
      this.#client,
      (firstByte) => {
        if (firstByte === 45 && info.effect === Effect.Subscribe) for (const name of names) set.delete(name);
      },
      true,
    );
    this.upstream.send(watcher, frame, 0, frame.length, false, frames);
    this.#client.outstanding += frames;
  }

  #track(info: CommandInfo, frame: Buffer): void {
    const on = decodeRequest(frame)[2]?.toString('latin1').toLowerCase() === 'on';
    const before = { tracking: this.state.tracking, request: this.state.trackingRequest };
    this.state.tracking = on;
    this.state.trackingRequest = on ? Buffer.from(frame) : null;
    if (on) this.upstream.pushSink = this;
    const watcher = new FrameWatcher(this.#client, (firstByte) => {
      if (firstByte !== 45) return;
      this.state.tracking = before.tracking;
      this.state.trackingRequest = before.request;
    });
    this.upstream.send(watcher, frame, 0, frame.length, info.write);
    this.#client.outstanding++;
  }

  /** CLIENT REPLY ON is answered, OFF and SKIP are not; from then on the server itself keeps silent. */
  #switchReplies(info: CommandInfo, frame: Buffer): void {
    const { state } = this;
    const args = decodeRequest(frame);
    const mode = args.length === 3 ? (args[2]?.toString('latin1').toLowerCase() ?? '') : '';
    if (mode === 'on') state.replies = 'on';
    if (mode === 'off' || (mode === 'skip' && state.replies !== 'off')) {
      this.upstream.send(this.#client, frame, 0, frame.length, false, 0);
      state.replies = mode;
      return;
    }
    this.#forward(info, frame);
  }

  /** Builds the state up on a connection to the new master; then the old connection ends. */
  #rehome(then: () => void = ignore): void {
    const client = this.#client;
    const { links } = client.shard;
    if (links === null) return;
    this.stale = false;
    const old = this.upstream;
    if (this.state.clean && this.#blocked === null) {
      client.link = null;
      old.retire();
      return;
    }
    const next = links.privateLink(client.session.identity);
    this.upstream = next;
    if (this.state.watching) {
      this.state.watching = false;
      this.state.watchBroken = true;
    }
    const move = (): void => {
      old.pushSink = null;
      old.destroy(null);
      if (this.upstream !== next || client.closed) return;
      this.#replay(next);
      then();
      if (client.waitsFor === 'upstream' || client.waitsFor === 'replies') client.resume();
    };
    if (next.ready) move();
    else next.opened().then(move, () => (this.upstream === next && !client.closed ? client.destroy() : undefined));
  }

  #replay(next: Upstream): void {
    const { state } = this;
    const swallow = (bytes: Buffer, frames: number): void =>
      next.send(new ReplyCollector(ignore, ignore), bytes, 0, bytes.length, false, frames);
    if (state.subscribed || state.monitoring || state.tracking) next.pushSink = this;
    const commands = { channel: 'SUBSCRIBE', pattern: 'PSUBSCRIBE', shard: 'SSUBSCRIBE' } as const;
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      const names = [...state.subscriptions[kind]].map((name) => Buffer.from(name, 'latin1'));
      if (names.length > 0) swallow(encodeRequest([commands[kind], ...names]), names.length);
    }
    if (state.trackingRequest !== null) {
      swallow(state.trackingRequest, 1);
      this.#invalidateAll();
    }
    if (state.monitoring) swallow(encodeRequest(['MONITOR']), 1);
    if (state.inMulti) {
      if (state.queue === null) state.watchBroken = true;
      for (const request of state.queue ?? [encodeRequest(['MULTI'])]) swallow(request, 1);
    }
    if (state.replies === 'off') swallow(encodeRequest(['CLIENT', 'REPLY', 'OFF']), 0);
  }

  /** What the client cached may have changed while nobody tracked it. */
  #invalidateAll(): void {
    if (this.#client.session.identity.resp === 3) {
      this.#client.reply(Buffer.from('>2\r\n$10\r\ninvalidate\r\n_\r\n'));
    }
  }
}

function ignore(): void {
  // The reply was the proxy's own business and says nothing that matters.
}
