import type { Actor } from '../actor.js';
import { list, ok, textOrNull } from '../replies.js';
import { tryTransaction } from '../transaction.js';

/** The search for an order remembers what it has tried: a key is left after so many turns of everybody. */
const KEY_TURNS = 120;

/** SET NX, GETSET, and WATCH, GET, MULTI, SET, EXEC. */
export async function conditional(actor: Actor, turnOfAll: () => number): Promise<void> {
  const { random, common } = actor;
  const key = `${common.prefix}conditional:${Math.floor(turnOfAll() / KEY_TURNS)}`;
  common.uses(key, 'read');
  const value = actor.unique();
  const how = random.below(6);
  if (how === 0) {
    const words = ['SET', key, value, 'NX'];
    await actor.ask({
      kind: 'write-if-absent',
      key,
      argument: { value },
      words,
      value: (reply) => reply !== null && ok(reply) === 'OK',
    });
  } else if (how === 1) {
    await actor.ask({ kind: 'swap', key, argument: { value }, words: ['GETSET', key, value], value: textOrNull });
  } else if (how === 2) {
    await actor.ask({ kind: 'read', key, argument: null, words: ['GET', key], value: textOrNull });
  } else {
    await compareAndSwap(actor, key, value);
  }
}

async function compareAndSwap(actor: Actor, key: string, value: string): Promise<void> {
  const wire = await actor.wire();
  const { deadlineMs } = actor.common;
  const watched = await wire.send(['WATCH', key], deadlineMs);
  if (watched instanceof Error) return actor.drop();
  const expected = await actor.ask({ kind: 'read', key, argument: null, words: ['GET', key], value: textOrNull });
  if (expected === undefined) return actor.drop();
  const pending = actor.begin('compare-and-swap', key, { expected, value });
  await tryTransaction(actor, {
    pending,
    watching: true,
    queue: [['SET', key, value]],
    value: (reply) => reply !== null && ok(list(reply)[0] ?? null) === 'OK',
  });
}
