/**
 * What clients did, as data. One operation is one request of one client on one key: when it was sent, when its answer came, and
 * what the answer was. A history is a list of them in any order. {@link judge} says whether a shard that loses nothing, runs
 * nothing twice and never shows an old value could have given these answers.
 *
 * What is on a key follows from the kinds of its operations; one key holds one kind of thing:
 *
 * - register: `write`, `read`, `write-if-absent`, `swap`, `compare-and-swap`. Each written value is unique on its key.
 * - expiring register: `write-expiring` once, then `read`.
 * - counter: `increment` (INCR, or a script that adds one), `count`. It begins at 0.
 * - list: `append` (RPUSH of one unique element), `range` (all of it). Nothing is taken out.
 * - queue: `push` (RPUSH of one unique element), `pop` and `move` (from the left), `remaining` (all of it).
 * - bank: `transfer`, `balances`. One key stands for all accounts, which are changed in MULTI only.
 * - channel: `publish` (unique messages), `subscribe`, `receive`, `unsubscribe`.
 */
interface Actions {
  write: Does<{ readonly value: string }, 'OK'>;
  read: Does<null, string | null>;
  /** SET … NX. @returns whether it was set. */
  'write-if-absent': Does<{ readonly value: string }, boolean>;
  /** GETSET. @returns what stood there before. */
  swap: Does<{ readonly value: string }, string | null>;
  /** WATCH, GET, MULTI, SET, EXEC. @returns whether EXEC ran; `false` proves nothing but that this one did not. */
  'compare-and-swap': Does<{ readonly expected: string | null; readonly value: string }, boolean>;
  /** SET … PX. */
  'write-expiring': Does<{ readonly value: string; readonly ttlMs: number }, 'OK'>;
  /** @returns the value after it. */
  increment: Does<null, number>;
  count: Does<null, number>;
  /** @returns the length after it. */
  append: Does<{ readonly element: string }, number>;
  range: Does<null, readonly string[]>;
  push: Does<{ readonly element: string }, number>;
  /** LPOP, BLPOP. `null`: there was none, for BLPOP until its time was over. */
  pop: Does<null, string | null>;
  /** LMOVE, BLMOVE to the right end of the list `to`, into which nothing else writes. */
  move: Does<{ readonly to: string }, string | null>;
  remaining: Does<null, readonly string[]>;
  /**
   * WATCH, reading both accounts (`seen`), MULTI, setting both, INCR of the bank's version, EXEC. @returns the version after it;
   * `null` when EXEC did not run.
   */
  transfer: Does<Transfer, number | null>;
  /** Version and accounts, read by one MGET. */
  balances: Does<null, Balances>;
  publish: Does<{ readonly message: string }, number>;
  /** Its end opens a session of this client, which `unsubscribe`, or the loss of the connection (recorded as such), closes. */
  subscribe: Does<null, 'OK'>;
  receive: Does<{ readonly message: string }, 'OK'>;
  /** `lost`: the connection ended by itself. */
  unsubscribe: Does<{ readonly lost: boolean }, 'OK'>;
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** What was read under WATCH. */
  readonly seen: { readonly from: number; readonly to: number };
}

export interface Balances {
  readonly version: number;
  readonly accounts: Readonly<Record<string, number>>;
}

interface Does<Argument, Result> {
  readonly argument: Argument;
  readonly result: Result;
}

export type Kind = keyof Actions;
export type ArgumentOf<K extends Kind> = Actions[K]['argument'];
export type ResultOf<K extends Kind> = Actions[K]['result'];

/** What became of an operation. */
export type Outcome<Result> =
  | { readonly type: 'ok'; readonly value: Result }
  /** The error says that it did not run, and never will. */
  | { readonly type: 'refused'; readonly error: string }
  /** It may have run, and may still run at any later time: the error says so, or the connection ended before the answer. */
  | { readonly type: 'unknown'; readonly error: string }
  /** An answer from which a client can not tell. Taken for `unknown`, and an anomaly by itself. */
  | { readonly type: 'unclean'; readonly error: string };

interface OperationOf<K extends Kind> {
  /** Who asked. Operations of one client overlap in a pipeline only; they ran in the order of their starts. */
  readonly client: string;
  readonly key: string;
  readonly kind: K;
  readonly argument: ArgumentOf<K>;
  /** When it was sent, in ms of one monotonic clock for the whole history. */
  readonly start: number;
  /** When the answer had come. `Infinity`: there was none; what happened is then `unknown`. */
  readonly end: number;
  readonly outcome: Outcome<ResultOf<K>>;
  /** Read when all was over, straight from a server: what is missing here is lost. */
  readonly isFinal?: true;
}

export type Operation<K extends Kind = Kind> = { [Each in K]: OperationOf<Each> }[K];
