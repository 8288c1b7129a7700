import type { Actor } from '../actor.js';
import { ok, textOrNull } from '../replies.js';
import { append, increment } from './values.js';

const LONGEST = 30;
/** Its list is read whole at the end. */
const LIST_TURNS = 20;

/** Many requests before the first reply, on keys of its own and on shared ones. Nothing is left to chance about their order: they leave as they are asked. */
export async function pipeliner(actor: Actor, turnOfAll: () => number): Promise<void> {
  const { random, common, name } = actor;
  const list = `${name}:list:${Math.floor(turnOfAll() / LIST_TURNS)}`;
  const own = `${name}:counter`;
  const shared = `${common.prefix}counter:0`;
  const register = `${name}:register`;
  common.uses(list, 'range');
  common.uses(own, 'count');
  common.uses(shared, 'count');
  common.uses(register, 'read');
  const wire = await actor.wire();
  const asked: Promise<unknown>[] = [];
  for (let left = 2 + random.below(LONGEST); left > 0; left--) {
    const how = random.below(5);
    if (how === 0) asked.push(actor.askOn(wire, append(list, actor.unique())));
    else if (how === 1) asked.push(actor.askOn(wire, increment(own, ['INCR', own])));
    else if (how === 2) asked.push(actor.askOn(wire, increment(shared, ['INCR', shared])));
    else if (how === 3) {
      const read = {
        kind: 'read',
        key: register,
        argument: null,
        words: ['GET', register],
        value: textOrNull,
      } as const;
      asked.push(actor.askOn(wire, read));
    } else {
      const value = actor.unique();
      const words = ['SET', register, value];
      asked.push(actor.askOn(wire, { kind: 'write', key: register, argument: { value }, words, value: ok }));
    }
  }
  const settled = await Promise.allSettled(asked);
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
