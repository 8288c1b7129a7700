/** In what the servers differ, as far as the data path has to know. */
export interface Dialect {
  readonly name: 'redis' | 'kvrocks';
  /** Lanes for each identity, where no number is configured. */
  readonly lanes: number;
  /** A demoted master lets go of blocked calls, and says so. Else nobody wakes them any more. */
  readonly endsBlockedCalls: boolean;
  /** CLIENT KILL means whoever meets one of its filters, not whoever meets all. */
  readonly killsByAnyFilter: boolean;
  /** Who listens in RESP2 may say little besides. */
  readonly limitsSubscribers: boolean;
  /** SCRIPT LOAD and FLUSH are replicated, and refused by replicas; what EVAL has run is forgotten at a switch. */
  readonly replicatesScripts: boolean;
  /** The one user that HELLO can name; null: users are users. */
  readonly onlyUser: string | null;
  /** RESP3 may be switched off, and whoever asks for it is told RESP2, without an error. HELLO without a version switches back to RESP2. */
  readonly mayLackResp3: boolean;
}

/** Redis and Valkey: one thread runs all commands, so one lane holds up nobody more than several would, and batches best. */
const REDIS: Dialect = {
  name: 'redis',
  lanes: 1,
  endsBlockedCalls: true,
  killsByAnyFilter: false,
  limitsSubscribers: true,
  replicatesScripts: false,
  onlyUser: null,
  mayLackResp3: false,
};

/**
 * Kvrocks: each connection belongs to one of several threads (`workers`, 8 by default; the kernel chooses which), and a slow
 * command holds up what its thread has. As many lanes as threads: more would meet on the same ones, and batch less.
 */
const KVROCKS: Dialect = {
  name: 'kvrocks',
  lanes: 8,
  endsBlockedCalls: false,
  killsByAnyFilter: true,
  limitsSubscribers: false,
  replicatesScripts: true,
  onlyUser: 'default',
  mayLackResp3: true,
};

/** @param info the server's reply to `INFO server`. Kvrocks states a `redis_version`, too. */
export function dialectOf(info: string): Dialect {
  return /^kvrocks_version:/m.test(info) ? KVROCKS : REDIS;
}

/** What is taken for granted until a server has said what it is. */
export const UNKNOWN_DIALECT = REDIS;
