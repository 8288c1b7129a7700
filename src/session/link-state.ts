import { Effect, Route, type CommandInfo } from '../command/command-info.js';
import { ASKING, modeChange } from './connection-mode.js';
import { Transaction, type Outcome } from './transaction.js';

/** Routes of commands that leave nothing on a connection, whichever they run on. */
const STATELESS: ReadonlySet<Route> = new Set([Route.Lane, Route.Script, Route.Access, Route.Undone]);

/** The three kinds of subscription and the commands that begin and end them. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

/** Told once what the server said of a command: that it refused it, or not. */
export type Verdict = (refused: boolean) => void;

/**
 * The state that a client holds on its private link. Updated when a command is sent, because the next command is
 * routed before the reply is there; what the reply then denies is taken back ({@link Verdict}).
 */
export class LinkState {
  /** The open transaction. */
  transaction: Transaction | null = null;
  /** A watched key may have changed unseen: EXEC must answer null. */
  watchBroken = false;
  monitoring = false;
  tracking = false;
  /** The next script is stepped through on this connection, and the server closes it at the end. */
  debugging = false;
  replies: 'on' | 'off' | 'skip' = 'on';
  /** Something that is not followed here changed the connection (SELECT that nobody answered …): it can serve nobody else. */
  bound = false;
  /** The modes in force ({@link modeChange}), each with the request that turned it on. */
  readonly modes = new Map<string, Buffer>();
  /** The CLIENT TRACKING command that is in force. */
  trackingRequest: Buffer | null = null;
  /** CLIENT CACHING, while it speaks of a command (or transaction) that is still to come. */
  cachingRequest: Buffer | null = null;
  /** The invalidations of another client's tracking come here. */
  isRedirectTarget = false;
  /** One token for each WATCH since the last EXEC, DISCARD or UNWATCH. */
  readonly #watches = new Set<object>();
  /** DISCARD has been sent; the server may refuse it. */
  #discarding = false;
  readonly subscriptions: Readonly<Record<SubscriptionKind, Set<string>>> = {
    channel: new Set(),
    pattern: new Set(),
    shard: new Set(),
  };

  get inMulti(): boolean {
    return this.transaction !== null;
  }

  get watching(): boolean {
    return this.#watches.size > 0;
  }

  /** True when the link could serve anybody: nothing on it belongs to this client any more. */
  get clean(): boolean {
    return (
      !this.inMulti &&
      !this.watching &&
      !this.watchBroken &&
      !this.monitoring &&
      !this.tracking &&
      !this.debugging &&
      !this.bound &&
      !this.isRedirectTarget &&
      this.modes.size === 0 &&
      this.replies === 'on' &&
      !this.subscribed
    );
  }

  /** The server sends what was not asked for. */
  get listens(): boolean {
    return this.subscribed || this.monitoring || this.tracking || this.isRedirectTarget;
  }

  get subscribed(): boolean {
    const { channel, pattern, shard } = this.subscriptions;
    return channel.size + pattern.size + shard.size > 0;
  }

  /**
   * Whether a command must wait for the replies that are outstanding, because they decide what it means: after a MULTI
   * that may be refused only what leaves nothing behind may follow at once; after DISCARD, nothing; EXEC of a broken WATCH
   * must know whether the queue is whole.
   */
  mustSettle(info: CommandInfo): boolean {
    if (this.#discarding) return true;
    // A subscription may be refused, and how many there are decides how many replies the next one has.
    if (this.transaction === null) return info.effect === Effect.Subscribe || info.effect === Effect.Unsubscribe;
    if (info.effect === Effect.Exec) return this.watchBroken;
    return this.transaction.doubtful && (info.effect !== Effect.None || !STATELESS.has(info.route));
  }

  /**
   * Notes a command that is about to be sent; `frame` are its bytes.
   *
   * @param outcome for a command that is queued and changes more than data.
   * @returns who has to know whether the server refuses it.
   */
  sent(info: CommandInfo, frame: Buffer, outcome: Outcome | null = null): Verdict | null {
    if (this.transaction !== null) return this.#sentInMulti(this.transaction, info, frame, outcome);
    if (this.modes.size > 0) this.modes.delete(ASKING);
    // It holds for the next command, other CLIENT commands aside, or for the transaction that begins with it.
    if (info.effect === Effect.Caching) this.cachingRequest = Buffer.from(frame);
    else if (info.effect !== Effect.Multi && !info.name.startsWith('client|')) this.cachingRequest = null;
    switch (info.effect) {
      case Effect.Multi:
        return standsAlone(frame) ? this.#begin(frame) : null;
      case Effect.Watch: {
        const token = {};
        this.#watches.add(token);
        return (refused) => {
          if (refused) this.#watches.delete(token);
        };
      }
      case Effect.Unwatch:
        return standsAlone(frame) ? this.#unwatch() : null;
      case Effect.Monitor:
        this.monitoring = true;
        return null;
      case Effect.Mode:
        return this.changeMode(info.name, frame);
      case Effect.Debug:
        return this.#debug(frame);
      default:
        return null;
    }
  }

  /** Notes that a mode is turned on or off. */
  changeMode(name: string, frame: Buffer): Verdict | null {
    const change = modeChange(name, frame);
    if (change === null) return null;
    const before = this.modes.get(change.mode);
    if (change.on) this.modes.set(change.mode, Buffer.from(frame));
    else this.modes.delete(change.mode);
    return (refused) => {
      if (!refused) return;
      if (before === undefined) this.modes.delete(change.mode);
      else this.modes.set(change.mode, before);
    };
  }

  endTransaction(): void {
    this.transaction = null;
    this.#watches.clear();
    this.watchBroken = false;
    this.cachingRequest = null;
  }

  /** The connection with the watched keys is left: they may change unseen from now on. */
  breakWatch(): void {
    if (!this.watching) return;
    this.#watches.clear();
    this.watchBroken = true;
  }

  /**
   * The connection is left as it was before some of its requests, which will be sent again over another one.
   *
   * @param transaction the one that was open then.
   * @param isWatching something was watched then; on another connection it is not.
   */
  rewind(transaction: Transaction | null, isWatching: boolean): void {
    this.transaction = transaction;
    this.#watches.clear();
    this.watchBroken ||= isWatching;
    this.#discarding = false;
  }

  #begin(frame: Buffer): Verdict {
    const transaction = new Transaction(frame, [...this.#watches]);
    this.transaction = transaction;
    return (refused) => {
      transaction.doubtful = false;
      if (!refused) return;
      // An EXEC behind it meets no transaction, and ends no watch.
      for (const token of transaction.watches) this.#watches.add(token);
      if (this.transaction === transaction) this.transaction = null;
    };
  }

  #debug(frame: Buffer): Verdict {
    const before = this.debugging;
    this.debugging = !/\r\nno\r\n$/i.test(frame.toString('latin1'));
    return (refused) => {
      if (refused) this.debugging = before;
    };
  }

  #unwatch(): Verdict {
    const watches = [...this.#watches];
    const broken = this.watchBroken;
    this.#watches.clear();
    this.watchBroken = false;
    return (refused) => {
      if (!refused) return;
      for (const token of watches) this.#watches.add(token);
      this.watchBroken ||= broken;
    };
  }

  #sentInMulti(transaction: Transaction, info: CommandInfo, frame: Buffer, outcome: Outcome | null): Verdict | null {
    const spoils = (refused: boolean): void => {
      if (refused) transaction.spoil();
    };
    // A nested MULTI and a late WATCH are refused without harm, but the wrong number of words aborts the transaction.
    switch (info.effect) {
      case Effect.Exec:
        // Nobody tells what became of the session, so nobody else may get the connection.
        if (this.replies !== 'on' && transaction.outcomes.size > 0) this.bound = true;
        this.endTransaction();
        return null;
      case Effect.Discard:
        // With too many words it is refused, and the transaction stays open.
        return standsAlone(frame) ? this.#discard(transaction) : spoils;
      case Effect.Multi:
        return standsAlone(frame) ? null : spoils;
      case Effect.Watch:
        return standsAlone(frame) ? spoils : null;
      default:
        transaction.add(frame, info.write, outcome);
        return spoils;
    }
  }

  #discard(transaction: Transaction): Verdict {
    const broken = this.watchBroken;
    this.endTransaction();
    if (this.replies !== 'on') {
      this.bound = true;
      return () => undefined;
    }
    this.#discarding = true;
    return (refused) => {
      this.#discarding = false;
      if (!refused) return;
      transaction.spoil();
      this.transaction = transaction;
      for (const token of transaction.watches) this.#watches.add(token);
      this.watchBroken = broken;
    };
  }
}

/** MULTI, DISCARD, UNWATCH and RESET take no arguments: with any, the server refuses them and they change nothing. */
export function standsAlone(frame: Buffer): boolean {
  return frame[1] === ONE && frame[2] === CR;
}

const ONE = 49;
const CR = 13;
