import type { Reply } from '../ask-server.js';
import type { Value } from './double-replies.js';

/** What redis-server has and Kvrocks (of 2024) does not. */
const UNKNOWN_TO_KVROCKS: ReadonlySet<string> = new Set(
  'acl failover latency migrate module psync replconf replicaof save swapdb sync wait waitaof'.split(' '),
);

/** Kvrocks counts these as writes too. */
const WRITES_TOO: ReadonlySet<string> = new Set(['eval', 'evalsha', 'fcall', 'getex', 'sort']);

/** What it has and redis-server does not list, or with another number of words. */
const ITS_OWN: readonly (readonly [name: string, arity: number])[] = [
  ['auth', 2],
  ['slaveof', 3],
  ['clusterx', -2],
  ['namespace', -3],
];

/** What only the administrator may run. (From the source.) */
const FOR_ADMIN: ReadonlySet<string> = new Set(
  'bgsave cluster clusterx config flushall lastsave namespace shutdown slaveof'.split(' '),
);

/** What is answered while a full synchronisation is restored. (From the source.) */
const WHILE_LOADING: ReadonlySet<string> = new Set('auth hello info reset role time'.split(' '));

/** One command as Kvrocks lists it: six fields, and no flag but one of two. */
export interface KvrocksCommand {
  readonly name: string;
  /** Number of words; negative: at least so many. */
  readonly arity: number;
  readonly write: boolean;
  readonly forAdmin: boolean;
  readonly whileLoading: boolean;
  /** Which words are keys; 0: none, or not to be said by place. */
  readonly keys: { readonly first: number; readonly last: number; readonly step: number };
  /** As COMMAND has it. */
  readonly entry: Value;
}

/** @param real the reply of a redis-server to COMMAND. */
export function kvrocksCommands(real: Reply): ReadonlyMap<string, KvrocksCommand> {
  const commands = new Map<string, KvrocksCommand>();
  const add = (
    name: string,
    arity: number,
    write: boolean,
    [first, last, step]: readonly [number, number, number],
  ): void => {
    commands.set(name, {
      name,
      arity,
      write,
      forAdmin: FOR_ADMIN.has(name),
      whileLoading: WHILE_LOADING.has(name),
      keys: { first, last, step },
      entry: [name, arity, [write ? 'write' : 'readonly'], first, last, step],
    });
  };
  for (const entry of real as readonly (readonly [string, number, readonly string[], number, number, number])[]) {
    const [name, arity, flags, first, last, step] = entry;
    if (UNKNOWN_TO_KVROCKS.has(name)) continue;
    add(name, arity, flags.includes('write') || WRITES_TOO.has(name), [first, last, step]);
  }
  for (const [name, arity] of ITS_OWN) add(name, arity, false, [0, 0, 0]);
  return commands;
}

/** The keys that a request names. */
export function keysOf(
  { name, keys: { first, last, step } }: KvrocksCommand,
  words: readonly string[],
): readonly string[] {
  if (/^(eval|fcall)/.test(name)) return words.slice(3, 3 + Number(words[2]));
  if (name.startsWith('xread')) {
    const from = words.findIndex((word) => word.toLowerCase() === 'streams') + 1;
    return from === 0 ? [] : words.slice(from, from + (words.length - from) / 2);
  }
  if (first === 0) return [];
  const end = last < 0 ? words.length + last : last;
  return words.filter((_, at) => at >= first && at <= end && (at - first) % step === 0);
}
