import type { Reply } from '../redis-server.js';
import type { Value } from './double-replies.js';

/** What redis-server has and Kvrocks (of 2024) does not. */
const UNKNOWN_TO_KVROCKS: ReadonlySet<string> = new Set(
  'acl failover latency migrate module psync replconf replicaof save swapdb sync wait waitaof'.split(' '),
);

/** Kvrocks counts these as writes too. */
const WRITES_TOO: ReadonlySet<string> = new Set(['eval', 'evalsha', 'fcall', 'getex', 'sort']);

/** What it has and redis-server does not list, with arity. */
const ITS_OWN: readonly (readonly [name: string, arity: number])[] = [
  ['slaveof', 3],
  ['clusterx', -2],
  ['namespace', -3],
];

/** One command as Kvrocks lists it: six fields, and no flag but one of two. */
export interface KvrocksCommand {
  readonly name: string;
  readonly write: boolean;
  readonly entry: Value;
}

/** @param real the reply of a redis-server to COMMAND. */
export function kvrocksCommands(real: Reply): ReadonlyMap<string, KvrocksCommand> {
  const commands = new Map<string, KvrocksCommand>();
  const add = (name: string, arity: number, write: boolean, keys: readonly number[]): void => {
    const entry = [name, arity, [{ status: write ? 'write' : 'readonly' }], ...keys];
    commands.set(name, { name, write, entry });
  };
  for (const entry of real as readonly (readonly [string, number, readonly string[], number, number, number])[]) {
    const [name, arity, flags, first, last, step] = entry;
    if (UNKNOWN_TO_KVROCKS.has(name)) continue;
    add(name, arity, flags.includes('write') || WRITES_TOO.has(name), [first, last, step]);
  }
  for (const [name, arity] of ITS_OWN) add(name, arity, false, [0, 0, 0]);
  return commands;
}
