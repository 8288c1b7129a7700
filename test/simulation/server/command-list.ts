import type { Answer } from './answer.js';

/** What a Redis 7.0.15 says of the commands that the model has (`COMMAND INFO`): name, arity, flags; a test asks a real one. */
const LIST = `
auth -2 noscript,loading,stale,fast,no_auth,allow_busy
blpop -3 write,noscript,blocking
client|getname 2 noscript,loading,stale
client|id 2 noscript,loading,stale
client|info 2 noscript,loading,stale
client|kill -3 admin,noscript,loading,stale
client|pause -3 admin,noscript,loading,stale
client|setname 3 noscript,loading,stale
client|unblock -3 admin,noscript,loading,stale
client|unpause 2 admin,noscript,loading,stale
command|count 2 loading,stale
command -1 loading,stale
config|get -3 admin,noscript,loading,stale
config|rewrite 2 admin,noscript,loading,stale
config|set -4 admin,noscript,loading,stale
del -2 write
discard 1 noscript,loading,stale,fast,allow_busy
echo 2 loading,stale,fast
eval -3 noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
evalsha -3 noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
exec 1 noscript,loading,stale,skip_slowlog
get 2 readonly,fast
incr 2 write,denyoom,fast
info -1 loading,stale
lpop -2 write,fast
llen 2 readonly,fast
lrange 4 readonly
multi 1 noscript,loading,stale,fast,allow_busy
ping -1 fast
psync -3 admin,noscript,no_async_loading,no_multi
publish 3 pubsub,loading,stale,fast
pubsub|numsub -2 pubsub,loading,stale
replconf -1 admin,noscript,loading,stale,allow_busy
replicaof 3 admin,noscript,stale,no_async_loading
role 1 noscript,loading,stale,fast
rpush -3 write,denyoom,fast
script|exists -3 noscript
script|flush -2 noscript
script|load 3 noscript,stale
select 2 loading,stale,fast
set -3 write,denyoom
subscribe -2 pubsub,noscript,loading,stale
unsubscribe -1 pubsub,noscript,loading,stale
unwatch 1 noscript,loading,stale,fast,allow_busy
wait 3 noscript
watch -2 noscript,loading,stale,fast,allow_busy
`;

export interface ModelledCommand {
  readonly name: string;
  /** Number of words; negative: at least so many. */
  readonly arity: number;
  readonly flags: ReadonlySet<string>;
}

/** By name; a subcommand as `client|pause`. */
export const COMMANDS: ReadonlyMap<string, ModelledCommand> = new Map(
  LIST.trim()
    .split('\n')
    .map((line) => {
      const [name = '', arity, flags = ''] = line.split(' ');
      return [name, { name, arity: Number(arity), flags: new Set(flags.split(',')) }] as const;
    }),
);

/** Held by `CLIENT PAUSE … WRITE` although they have no flag that says so. */
const MAY_REPLICATE: ReadonlySet<string> = new Set(['eval', 'evalsha', 'publish', 'script|load']);

export function mayReplicate(command: ModelledCommand): boolean {
  return command.flags.has('write') || MAY_REPLICATE.has(command.name);
}

/** The reply to COMMAND: ten fields each, of which most are empty here. */
export function commandReply(): Answer {
  const tops = new Map<string, ModelledCommand[]>();
  for (const command of COMMANDS.values()) {
    const [top = ''] = command.name.split('|');
    const subs = tops.get(top) ?? [];
    tops.set(top, subs);
    if (command.name !== top) subs.push(command);
  }
  return [...tops].map(([top, subs]) => entry(COMMANDS.get(top) ?? { name: top, arity: -2, flags: new Set() }, subs));
}

function entry({ name, arity, flags }: ModelledCommand, subs: readonly ModelledCommand[]): Answer {
  return [name, arity, [...flags], 0, 0, 0, [], [], [], subs.map((sub) => entry(sub, []))];
}
