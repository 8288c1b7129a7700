import type { Actor, Ask } from '../actor.js';
import { bigValue, tokenOf } from '../big-value.js';
import { count, integer, list, ok, textOrNull, texts } from '../replies.js';
import { tryTransaction } from '../transaction.js';

/** Registers, counters and lists are shared by so many clients that each key always has several at work. */
const KEYS = 4;
/** A list is read whole each time: a new one begins after so many turns of everybody. */
const LIST_TURNS = 150;

const INCREMENT = `return redis.call('INCR', KEYS[1])`;

/** SET and GET, and the same with a field of a hash. */
export async function register(actor: Actor): Promise<void> {
  const { random, common } = actor;
  const number = random.below(KEYS);
  const isHash = number % 2 === 1;
  const key = `${common.prefix}${isHash ? 'hash' : 'register'}:${number}`;
  common.uses(key, 'read');
  if (random.below(2) === 0) {
    const words = isHash ? ['HGET', key, 'field'] : ['GET', key];
    await actor.ask({ kind: 'read', key, argument: null, words, value: textOrNull });
    return;
  }
  const value = actor.unique();
  const words = isHash ? ['HSET', key, 'field', value] : ['SET', key, value];
  const done = (reply: Parameters<typeof ok>[0]): 'OK' => (isHash ? (integer(reply), 'OK') : ok(reply));
  await actor.ask({ kind: 'write', key, argument: { value }, words, value: done });
}

/** Values that are not shared with a lane. */
export async function bigRegister(actor: Actor): Promise<void> {
  const key = `${actor.common.prefix}big:${actor.random.below(2)}`;
  actor.common.uses(key, 'read');
  if (actor.random.below(3) > 0) {
    const value = (reply: Parameters<typeof textOrNull>[0]): string | null => tokenOf(textOrNull(reply));
    await actor.ask({ kind: 'read', key, argument: null, words: ['GET', key], value });
    return;
  }
  const token = actor.unique();
  await actor.ask({ kind: 'write', key, argument: { value: token }, words: ['SET', key, bigValue(token)], value: ok });
}

/** INCR, plainly, by a script, and in MULTI; GET. */
export async function counter(actor: Actor): Promise<void> {
  const { random, common } = actor;
  const key = `${common.prefix}counter:${random.below(KEYS)}`;
  common.uses(key, 'count');
  const how = random.below(8);
  if (how <= 2) await actor.ask(increment(key, ['INCR', key]));
  else if (how <= 4) await actor.ask(increment(key, ['EVAL', INCREMENT, '1', key]));
  else if (how === 5) await multiIncrement(actor, key);
  else await actor.ask({ kind: 'count', key, argument: null, words: ['GET', key], value: count });
}

async function multiIncrement(actor: Actor, key: string): Promise<void> {
  const pending = actor.begin('increment', key, null);
  await tryTransaction(actor, {
    pending,
    watching: false,
    queue: [['INCR', key]],
    value: (reply) => integer(list(reply)[0] ?? null),
  });
}

export function increment(key: string, words: readonly string[]): Ask<'increment'> {
  return { kind: 'increment', key, argument: null, words, value: integer };
}

export function append(key: string, element: string): Ask<'append'> {
  return { kind: 'append', key, argument: { element }, words: ['RPUSH', key, element], value: integer };
}

/** RPUSH, and LRANGE of all. */
export async function appender(actor: Actor, turnOfAll: () => number): Promise<void> {
  const key = `${actor.common.prefix}list:${Math.floor(turnOfAll() / LIST_TURNS)}`;
  actor.common.uses(key, 'range');
  if (actor.random.below(3) > 0) await actor.ask(append(key, actor.unique()));
  else await actor.ask({ kind: 'range', key, argument: null, words: ['LRANGE', key, '0', '-1'], value: texts });
}

/** Values that are gone after some time, and what is read of them before and after. */
export async function expiring(actor: Actor): Promise<void> {
  const value = actor.unique();
  const key = `${actor.common.prefix}expiring:${value}`;
  // So that many end while a switch is on.
  const ttlMs = 40 + actor.random.below(160);
  const words = ['SET', key, value, 'PX', String(ttlMs)];
  await actor.ask({ kind: 'write-expiring', key, argument: { value, ttlMs }, words, value: ok });
  for (let left = 4; left > 0; left--) {
    await actor.ask({ kind: 'read', key, argument: null, words: ['GET', key], value: textOrNull });
    await actor.rest();
  }
  actor.common.uses(key, 'read');
}
