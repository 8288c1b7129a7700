import { Effect, Route, type CommandInfo } from '../command/command-info.js';

/** More queued bytes than this are not kept for replay: such a transaction ends in EXECABORT when the master moves. */
export const MAX_REPLAY_BYTES = 16 * 1024 * 1024;

/** Routes of commands that leave nothing on a connection, whichever they run on. */
const STATELESS: ReadonlySet<Route> = new Set([Route.Lane, Route.Script]);

/** The three kinds of subscription and the commands that begin and end them. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

/**
 * The state that a client holds on its private link. Updated when a command is sent, because the next command is
 * routed before the reply is there; what the reply then denies is taken back.
 */
export class LinkState {
  inMulti = false;
  watching = false;
  /** A watched key may have changed unseen: EXEC must answer null. */
  watchBroken = false;
  /** A command was refused while queueing: the server will answer EXECABORT. */
  queueFailed = false;
  monitoring = false;
  tracking = false;
  replies: 'on' | 'off' | 'skip' = 'on';
  /** Something that is not followed here changed the connection (SELECT, AUTH, SUBSCRIBE inside MULTI …): it can serve nobody else. */
  bound = false;
  /** The open transaction as it was sent, MULTI first; null when it grew too large to keep. */
  queue: Buffer[] | null = [];
  /** The CLIENT TRACKING command that is in force. */
  trackingRequest: Buffer | null = null;
  #queueBytes = 0;
  #queueBinds = false;
  readonly subscriptions: Readonly<Record<SubscriptionKind, Set<string>>> = {
    channel: new Set(),
    pattern: new Set(),
    shard: new Set(),
  };

  /** True when the link could serve anybody: nothing on it belongs to this client any more. */
  get clean(): boolean {
    return (
      !this.inMulti &&
      !this.watching &&
      !this.watchBroken &&
      !this.monitoring &&
      !this.tracking &&
      !this.bound &&
      this.replies === 'on' &&
      !this.subscribed
    );
  }

  get subscribed(): boolean {
    const { channel, pattern, shard } = this.subscriptions;
    return channel.size + pattern.size + shard.size > 0;
  }

  /** Notes a command that is about to be sent; `frame` are its bytes. */
  sent(info: CommandInfo, frame: Buffer): void {
    if (this.inMulti) {
      this.#sentInMulti(info, frame);
      return;
    }
    switch (info.effect) {
      case Effect.Multi:
        if (!standsAlone(frame)) break;
        this.inMulti = true;
        this.queueFailed = false;
        this.queue = [];
        this.#queueBytes = 0;
        this.#enqueue(frame);
        break;
      case Effect.Watch:
        this.watching = true;
        break;
      case Effect.Unwatch:
        if (!standsAlone(frame)) break;
        this.watching = false;
        this.watchBroken = false;
        break;
      case Effect.Monitor:
        this.monitoring = true;
        break;
      default:
    }
  }

  endTransaction(): void {
    this.inMulti = false;
    this.watching = false;
    this.watchBroken = false;
    this.queue = [];
    this.#queueBytes = 0;
    this.#queueBinds = false;
  }

  #sentInMulti(info: CommandInfo, frame: Buffer): void {
    switch (info.effect) {
      case Effect.Exec:
        this.bound ||= this.#queueBinds;
        this.endTransaction();
        break;
      case Effect.Discard:
        // With too many words it is refused, and the transaction stays open.
        if (standsAlone(frame)) this.endTransaction();
        break;
      case Effect.Multi:
      case Effect.Watch:
        break;
      default:
        // Blocking commands do not block inside a transaction and leave nothing behind.
        if (!STATELESS.has(info.route) && info.effect !== Effect.Blocking) this.#queueBinds = true;
        this.#enqueue(frame);
    }
  }

  #enqueue(frame: Buffer): void {
    this.#queueBytes += frame.length;
    if (this.queue === null || this.#queueBytes > MAX_REPLAY_BYTES) this.queue = null;
    else this.queue.push(Buffer.from(frame));
  }
}

/** MULTI, DISCARD and UNWATCH take no arguments: with any, the server refuses them and they change nothing. */
function standsAlone(frame: Buffer): boolean {
  return frame[1] === ONE && frame[2] === CR;
}

const ONE = 49;
const CR = 13;
