import { Effect, Route } from './command-info.js';

/** How a command travels that does not simply go over a lane. */
export interface Special {
  readonly route?: Route;
  readonly effect?: Effect;
}

/**
 * The commands that do not simply travel over a lane. Everything that is not named here is stateless: it goes over the
 * lane, module commands included.
 */
export const SPECIAL_COMMANDS: Readonly<Record<string, Special>> = {
  auth: { route: Route.Identity },
  hello: { route: Route.Identity },
  select: { route: Route.Identity },
  reset: { route: Route.Identity },
  quit: { route: Route.Identity },

  multi: { route: Route.Private, effect: Effect.Multi },
  exec: { effect: Effect.Exec },
  discard: { effect: Effect.Discard },
  watch: { route: Route.Private, effect: Effect.Watch },
  unwatch: { effect: Effect.Unwatch },

  blpop: { route: Route.Private, effect: Effect.Blocking },
  brpop: { route: Route.Private, effect: Effect.Blocking },
  blmove: { route: Route.Private, effect: Effect.Blocking },
  brpoplpush: { route: Route.Private, effect: Effect.Blocking },
  blmpop: { route: Route.Private, effect: Effect.Blocking },
  bzpopmin: { route: Route.Private, effect: Effect.Blocking },
  bzpopmax: { route: Route.Private, effect: Effect.Blocking },
  bzmpop: { route: Route.Private, effect: Effect.Blocking },
  // Only with BLOCK; without it the slow route sends them over the lane.
  xread: { route: Route.Private, effect: Effect.Blocking },
  xreadgroup: { route: Route.Private, effect: Effect.Blocking },
  wait: { route: Route.Private, effect: Effect.Blocking },
  waitaof: { route: Route.Private, effect: Effect.Blocking },

  subscribe: { route: Route.Private, effect: Effect.Subscribe },
  psubscribe: { route: Route.Private, effect: Effect.Subscribe },
  ssubscribe: { route: Route.Private, effect: Effect.Subscribe },
  unsubscribe: { route: Route.Private, effect: Effect.Unsubscribe },
  punsubscribe: { route: Route.Private, effect: Effect.Unsubscribe },
  sunsubscribe: { route: Route.Private, effect: Effect.Unsubscribe },
  monitor: { route: Route.Private, effect: Effect.Monitor },

  eval: { route: Route.Script },
  eval_ro: { route: Route.Script },
  'script|load': { route: Route.Script },
  'script|flush': { route: Route.Script },
  // The next script runs in the debugger, whose replies are no replies.
  'script|debug': { route: Route.Private, effect: Effect.Debug },
  // What ends a script that hangs: behind it, on the lane that it came over, they would hang too.
  'script|kill': { route: Route.Private },
  'function|kill': { route: Route.Private },
  'function|stats': { route: Route.Private },
  shutdown: { route: Route.Private },

  'acl|setuser': { route: Route.Access },
  'acl|deluser': { route: Route.Access },
  'acl|load': { route: Route.Access },
  'config|set': { route: Route.Access },

  'client|id': { route: Route.Here },
  'client|info': { route: Route.Here },
  'client|list': { route: Route.Here },
  'client|kill': { route: Route.Here },
  'client|setname': { route: Route.Here },
  'client|getname': { route: Route.Here },
  'client|setinfo': { route: Route.Here },
  'client|unblock': { route: Route.Here },
  'client|pause': { route: Route.Here },
  'client|unpause': { route: Route.Here },
  // In these a cluster tells the addresses of its nodes (`announce`).
  'cluster|slots': { route: Route.Here },
  'cluster|shards': { route: Route.Here },
  'cluster|nodes': { route: Route.Here },
  'cluster|replicas': { route: Route.Here },
  'cluster|slaves': { route: Route.Here },

  'client|no-evict': { route: Route.Private, effect: Effect.Mode },
  'client|no-touch': { route: Route.Private, effect: Effect.Mode },
  'client|tracking': { route: Route.Private, effect: Effect.Tracking },
  'client|trackinginfo': { route: Route.Private, effect: Effect.TrackingQuery },
  'client|getredir': { route: Route.Private, effect: Effect.TrackingQuery },
  'client|caching': { route: Route.Private, effect: Effect.Caching },
  'client|reply': { route: Route.Private, effect: Effect.Reply },
  // Cluster clients send it on each connection. Only a replica makes a difference of it, and none is ever served.
  readonly: { route: Route.Undone, effect: Effect.Mode },
  readwrite: { effect: Effect.Mode },
  asking: { route: Route.Private, effect: Effect.Mode },

  replicaof: { route: Route.Refused },
  slaveof: { route: Route.Refused },
  failover: { route: Route.Refused },
  'cluster|failover': { route: Route.Refused },
  'cluster|replicate': { route: Route.Refused },
  'cluster|reset': { route: Route.Refused },
  clusterx: { route: Route.Refused },
  sync: { route: Route.Refused },
  psync: { route: Route.Refused },
  replconf: { route: Route.Refused },
  // Kvrocks' own replication: these take the connection over and write files to it.
  _db_name: { route: Route.Refused },
  _fetch_meta: { route: Route.Refused },
  _fetch_file: { route: Route.Refused },

  // No commands: on these two words the server closes the connection, which must not be a lane that others share.
  post: { route: Route.CrossProtocol },
  'host:': { route: Route.CrossProtocol },
};

/**
 * Held by `CLIENT PAUSE … WRITE` although `COMMAND` does not flag them `write`: Redis' `may_replicate` (not part of
 * the flags that COMMAND reports), and EXEC, which the server holds when its queue has a write and Kvrocks never holds.
 * SCRIPT LOAD and SCRIPT FLUSH are held for what they leave behind: Redis 7 does not hold them, but a script that is loaded
 * into the old master, or flushed there, while another takes over would be missing on the new one, or still be there.
 */
export const HELD_THOUGH_NOT_WRITE: ReadonlySet<string> = new Set([
  'eval',
  'evalsha',
  'fcall',
  'publish',
  'spublish',
  // Of Kvrocks: PUBLISH of several messages.
  'mpublish',
  'pfcount',
  'script|load',
  'script|flush',
  'exec',
]);

/**
 * Held whole where the server does not list subcommands: Kvrocks, which calls them `readonly` although it stores and
 * replicates scripts, functions and (where so configured) namespaces.
 */
export const HELD_WITHOUT_SUBCOMMANDS: ReadonlySet<string> = new Set(['script', 'function', 'namespace']);

/** Not flagged `readonly`, since they read no keys; they change nothing either, and do no harm when they run twice. */
export const HARMLESS: ReadonlySet<string> = new Set(['ping', 'echo', 'time', 'info', 'role', 'lastsave']);
