import { Effect, type CommandInfo } from '../command/command-info.js';

/** More queued bytes than this are not kept for replay: such a transaction ends in EXECABORT when the master moves. */
export const MAX_REPLAY_BYTES = 16 * 1024 * 1024;

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
  /** The open transaction as it was sent, MULTI first; null when it grew too large to keep. */
  queue: Buffer[] | null = [];
  /** The CLIENT TRACKING command that is in force. */
  trackingRequest: Buffer | null = null;
  #queueBytes = 0;
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
    if (this.inMulti && info.effect !== Effect.Exec && info.effect !== Effect.Discard) {
      if (info.effect !== Effect.Multi && info.effect !== Effect.Watch) this.#enqueue(frame);
      return;
    }
    switch (info.effect) {
      case Effect.Multi:
        this.inMulti = true;
        this.queueFailed = false;
        this.queue = [];
        this.#queueBytes = 0;
        this.#enqueue(frame);
        break;
      case Effect.Exec:
      case Effect.Discard:
        this.endTransaction();
        break;
      case Effect.Watch:
        this.watching = true;
        break;
      case Effect.Unwatch:
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
  }

  #enqueue(frame: Buffer): void {
    this.#queueBytes += frame.length;
    if (this.queue === null || this.#queueBytes > MAX_REPLAY_BYTES) this.queue = null;
    else this.queue.push(Buffer.from(frame));
  }
}
