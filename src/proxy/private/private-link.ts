import { Effect, type CommandInfo } from '../../command/command-info.js';
import { FrameType } from '../../resp/reply-scanner.js';
import { LinkState, type Verdict } from '../../session/link-state.js';
import type { Outcome } from '../../session/transaction.js';
import { answerExecNull } from './answer-in-multi.js';
import { BlockedCall } from './blocked-call.js';
import type { Client } from '../client/client.js';
import { disconnect } from '../client/disconnect.js';
import { ExecReply } from './exec-reply.js';
import type { LargeRequest } from '../client/large-request.js';
import { Moving } from './moving.js';
import { PushPort } from './push-port.js';
import { sendReplyMode, spendSkip } from './reply-mode.js';
import { Rewind, SentTransactions } from './rewind.js';
import { FrameWatcher, type ReplySink } from '../upstream/reply-sink.js';
import { sendMonitor, sendSubscription } from './subscription.js';
import { sendTracking, sendTrackingQuery } from './tracking.js';
import { Twins } from './twins.js';
import { Unheard } from './unheard.js';
import type { Upstream } from '../upstream/upstream.js';

/** Behind these nothing can be asked any more: it would be queued, wait with them, be refused to a subscriber, or use up a SKIP. */
const LAST_CHANCES: ReadonlySet<Effect> = new Set([Effect.Multi, Effect.Blocking, Effect.Subscribe, Effect.Reply]);

/**
 * A connection that belongs to one client for as long as the client holds state there, and the state itself. When the
 * master moves, the state is built up again on a connection to the new master ({@link Moving}).
 */
export class PrivateLink {
  readonly state = new LinkState();
  readonly client: Client;
  /** Where messages, invalidations and MONITOR lines go. */
  pushes: PushPort;
  upstream: Upstream;
  /** The server has let the user say CLIENT REPLY here. */
  silenceAllowed = false;
  readonly twins = new Twins(this);
  readonly transactions = new SentTransactions();
  /** CLIENT CACHING that speaks of the command at hand. */
  caching: Buffer | null = null;
  readonly #moving: Moving;
  #blocked: BlockedCall | null = null;
  /** A large request whose rest is still to come from the client. */
  #halfSent: LargeRequest | null = null;
  readonly #unheard = new Unheard();

  constructor(client: Client, upstream: Upstream) {
    this.client = client;
    this.upstream = upstream;
    this.pushes = new PushPort(this, upstream, 'open');
    this.#moving = new Moving(this);
    this.connect(upstream, this.pushes);
    if (client.isRedirectTarget) this.becomeRedirectTarget();
  }

  /** The master moved, and replies are still to come from the old one, or what the client left there is not here yet. */
  get stale(): boolean {
    return this.#moving.underWay;
  }

  /** The state has to be built up on another connection, and nothing speaks against doing it now. */
  get isDue(): boolean {
    return this.#moving.due && this.client.outstanding === 0;
  }

  /** The connection belongs to a move, which opens another when this one ends. */
  get isMoving(): boolean {
    return this.#moving.waitsForMaster;
  }

  /** The call that the client waits in. */
  get blocked(): BlockedCall | null {
    return this.#blocked;
  }

  /** Memory that it occupies with what has not gone on yet, bytes. */
  get keptBytes(): number {
    return this.upstream.unsent + (this.state.transaction?.keptBytes ?? 0);
  }

  /** Nothing on the connection belongs to the client any more, and nothing waits there. */
  get free(): boolean {
    return this.state.clean && this.#blocked === null && this.#halfSent === null;
  }

  /** Nothing can be asked: a server has the client's call and answers nothing else meanwhile, or half a request stands there. */
  get isBusy(): boolean {
    return this.#halfSent !== null || (this.#blocked !== null && !this.#blocked.linedUp);
  }

  /** The client's requests go to this connection from now on. */
  connect(upstream: Upstream, pushes: PushPort): void {
    this.upstream = upstream;
    this.pushes = pushes;
    pushes.onLost = () => {
      if (!this.client.closed && this.client.link === this && this.upstream === upstream) this.lost();
    };
  }

  /** From now on the server may send invalidations of somebody else's tracking here. */
  becomeRedirectTarget(): void {
    if (this.state.isRedirectTarget) return;
    this.client.isRedirectTarget = true;
    this.state.isRedirectTarget = true;
    this.pushes.attach();
    this.twins.renew();
  }

  /** Sends a request and notes what it does to the connection. @param sink takes the reply to one that does nothing to it. */
  send(info: CommandInfo, frame: Buffer, outcome: Outcome | null = null, sink: ReplySink = this.client): void {
    const { state } = this;
    const { transaction } = state;
    if (info.effect === Effect.Exec && transaction !== null && state.watchBroken && !transaction.failed) {
      answerExecNull(this);
      return;
    }
    if (LAST_CHANCES.has(info.effect)) this.askForUnheard();
    this.caching = state.cachingRequest;
    const verdict = state.sent(info, frame, outcome);
    if (transaction !== null) {
      if (info.effect === Effect.Exec || info.effect === Effect.Discard) this.transactions.end(this.upstream);
      if (info.effect === Effect.Exec && state.replies === 'on' && transaction.outcomes.size > 0) {
        this.upstream.send(new ExecReply(this.client, transaction.outcomes), frame, 0, frame.length, info.write);
        this.client.outstanding++;
        return;
      }
      this.#sendJudged(info, frame, verdict);
      return;
    }
    if (state.transaction !== null) this.transactions.begin(state.transaction, this.upstream, this.upstream.sent);
    switch (info.effect) {
      case Effect.Blocking:
        this.#block(info, frame);
        break;
      case Effect.Subscribe:
      case Effect.Unsubscribe:
        sendSubscription(this, info, frame);
        break;
      case Effect.Monitor:
        sendMonitor(this, info, frame);
        break;
      case Effect.Tracking:
        sendTracking(this, info, frame);
        break;
      case Effect.TrackingQuery:
        sendTrackingQuery(this, info, frame);
        break;
      case Effect.Reply:
        sendReplyMode(this, info, frame);
        break;
      default:
        if (verdict === null) this.forward(info, frame, sink);
        else this.#sendJudged(info, frame, verdict);
    }
  }

  /** A large request begins; its bytes go straight to the connection. It can not be replayed. @returns how many replies it gets. */
  beginLarge(large: LargeRequest): 0 | 1 {
    this.askForUnheard();
    this.state.transaction?.addUnkept();
    this.#halfSent = large;
    return this.takeReplyCount();
  }

  /** All of it has been sent. @param unheard it is a write, and nobody will hear whether it has run. */
  endLarge(unheard: boolean): void {
    this.#halfSent = null;
    if (unheard && !this.state.inMulti) this.#unheard.note();
    this.askForUnheard();
    this.twins.current?.onIdle();
    if (this.client.outstanding === 0) this.onAllAnswered();
  }

  /** The rest of a large request can not follow: the master is, or may be, elsewhere. It has not run. */
  cutLarge(): void {
    const { upstream, state } = this;
    const { listens } = state;
    this.#halfSent?.cut();
    this.#halfSent = null;
    this.#moving.start();
    // What can not be asked for its last messages is left in its own time.
    if (!listens) upstream.destroy(null);
  }

  /** Every reply has come: the place to change or to give back the connection. */
  onAllAnswered(): void {
    this.pushes.onAllAnswered();
    if (this.#halfSent !== null) {
      if (this.#moving.due) this.cutLarge();
      return;
    }
    if (this.#moving.due) {
      this.#moving.start();
      return;
    }
    if (!this.free) return;
    // It is given back when that is answered.
    if (this.#unheard.pending) return this.askForUnheard();
    this.client.link = null;
    this.twins.drop();
    this.client.shard.giveBack(this.upstream);
  }

  /** How requests that were sent over the connection can be taken back; null: they can not. */
  rewind(): Rewind | null {
    if (this.#halfSent !== null || this.#blocked !== null || this.state.replies !== 'on') return null;
    return new Rewind(this);
  }

  /** Requests have been taken back. The connection may be in the midst of what was sent behind them: it is left. */
  rewound(): void {
    const { links } = this.client.shard;
    if (this.free) {
      this.client.link = null;
      this.twins.drop();
      this.upstream.retire();
    } else {
      this.#moving.due = true;
      // Else the gate says when.
      if (links?.owns(this.upstream) !== true) this.onAllAnswered();
    }
  }

  onMasterMoved(): void {
    this.#moving.takeTwin();
    if (this.#blocked?.linedUp === true) this.#blocked.comeAgain();
    else if (this.#moving.waitsForMaster) this.#moving.start();
    else {
      this.#moving.due = true;
      this.#blocked?.letGo();
      if (this.client.outstanding === 0) this.onAllAnswered();
    }
  }

  /** The client is gone. What it left on the connection dies with the connection. */
  abandon(): void {
    this.#blocked?.abandon();
    this.#moving.abandon();
    this.twins.drop();
    if (this.#unheard.pending && this.#halfSent === null && this.upstream.ready) {
      this.askForUnheard();
      this.upstream.retire();
    } else if (this.free && this.upstream.inFlight === 0 && this.upstream.ready) {
      this.client.shard.giveBack(this.upstream);
    } else {
      this.upstream.destroy(null);
    }
  }

  /** The connection broke by itself. State that the client relies on is gone with it, so the client must know. */
  lost(): void {
    if (this.state.clean) this.client.link = null;
    else disconnect(this.client, 'state-lost', 'at-once');
  }

  /** Gets a connection to the new master, as soon as there is one. @param then runs when the state is there. */
  move(then: () => void): void {
    this.#moving.start(then);
  }

  /** The call that the client was blocked in has ended. */
  unblocked(): void {
    this.#blocked = null;
    this.twins.current?.onIdle();
    this.client.resume('blocked');
  }

  forward(info: CommandInfo, frame: Buffer, sink: ReplySink = this.client): void {
    const frames = this.takeReplyCount();
    this.upstream.send(sink, frame, 0, frame.length, info.write, frames);
    this.client.outstanding += frames;
    // What is queued does not run yet.
    if (frames === 0 && info.write && !this.state.inMulti) this.#unheard.note();
  }

  /** Asks for a sign that the writes without a reply have run, which is waited for like the reply to a write. */
  askForUnheard(): void {
    if (this.#halfSent !== null) return;
    this.#unheard.ask(this.upstream, this.state.replies === 'off', () => {
      if (this.client.link === this && this.client.outstanding === 0) this.onAllAnswered();
    });
  }

  /** How many replies the next request gets: none after CLIENT REPLY OFF or SKIP. */
  takeReplyCount(): 0 | 1 {
    const { state } = this;
    const frames = state.replies === 'on' ? 1 : 0;
    if (state.replies === 'skip') state.replies = 'on';
    return frames;
  }

  /**
   * Whether the last thing that the client says gets an answer. It is not sent on, so the server may still owe its silence
   * to whatever comes next on this connection: nobody else may have it.
   */
  answersLast(): boolean {
    this.state.bound = true;
    return this.state.replies === 'on';
  }

  /** Sends a command whose reply tells whether it counts. */
  #sendJudged(info: CommandInfo, frame: Buffer, verdict: Verdict | null): void {
    if (verdict === null || this.state.replies !== 'on') {
      this.forward(info, frame);
      return;
    }
    const watcher = new FrameWatcher(this.client, (firstByte) => verdict(firstByte === FrameType.Error));
    this.upstream.send(watcher, frame, 0, frame.length, info.write);
    this.client.outstanding++;
  }

  #block(info: CommandInfo, frame: Buffer): void {
    const { client } = this;
    spendSkip(this);
    const silent = this.takeReplyCount() === 0;
    this.#blocked = new BlockedCall(client, this, info, Buffer.from(frame), silent);
    client.outstanding++;
    client.wait('blocked');
    client.shard.blocked.join(this.#blocked);
  }
}
