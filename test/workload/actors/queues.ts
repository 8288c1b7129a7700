import type { Actor } from '../actor.js';
import { integer, list, text, textOrNull } from '../replies.js';
import type { Reply } from '../wire.js';

const QUEUES = 2;
/** Longest wait of a consumer, ms: so long the end of a workload may take, too. */
const LONGEST_WAIT_MS = 400;

/** A queue that is only read from by POP, and one from which all is moved to another list. */
function queueOf(actor: Actor, number: number): string {
  const key = `${actor.common.prefix}queue:${number}`;
  actor.common.uses(key, 'remaining');
  return key;
}

export async function producer(actor: Actor): Promise<void> {
  const key = queueOf(actor, actor.random.below(QUEUES));
  const element = actor.unique();
  await actor.ask({ kind: 'push', key, argument: { element }, words: ['RPUSH', key, element], value: integer });
}

/** Waits for elements most of the time. */
export async function consumer(actor: Actor): Promise<void> {
  const { random, common } = actor;
  const waitMs = 20 + random.below(LONGEST_WAIT_MS - 20);
  const deadlineMs = common.deadlineMs + waitMs;
  const seconds = String(waitMs / 1000);
  const number = random.below(QUEUES);
  const key = queueOf(actor, number);
  if (number === 0) {
    const isBlocking = random.below(4) > 0;
    const words = isBlocking ? ['BLPOP', key, seconds] : ['LPOP', key];
    await actor.ask({
      kind: 'pop',
      key,
      argument: null,
      words,
      value: isBlocking ? poppedFrom(key) : textOrNull,
      deadlineMs,
    });
    return;
  }
  const to = `${key}:taken`;
  common.uses(to, 'range');
  const words = ['BLMOVE', key, to, 'LEFT', 'RIGHT', seconds];
  await actor.ask({ kind: 'move', key, argument: { to }, words, value: textOrNull, deadlineMs });
}

function poppedFrom(key: string): (reply: Reply) => string | null {
  return (reply) => {
    if (reply === null) return null;
    const [from = null, element = null] = list(reply);
    if (from !== key) throw new Error(`not from ${key}: ${JSON.stringify(reply).slice(0, 200)}`);
    return text(element);
  };
}
