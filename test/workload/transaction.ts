import type { ResultOf, Kind } from '../history/operation.js';
import type { Pending } from '../history/recorder.js';
import type { Actor } from './actor.js';
import { meaningOf } from './outcomes.js';
import type { Reply } from './wire.js';

interface Attempt<K extends Kind> {
  /** What stands in the history for the whole of it. */
  readonly pending: Pending<K>;
  /** Whether keys are watched; then EXEC may answer null. */
  readonly watching: boolean;
  readonly queue: readonly (readonly string[])[];
  /** @param reply EXEC's; `null`: it did not run. */
  readonly value: (reply: Reply) => ResultOf<K>;
}

/**
 * MULTI, the queue, EXEC. MULTI is waited for, as the queue would run at once without it. Until EXEC is sent nothing can have run, so only its
 * reply counts; when anything before it went wrong, the connection is given up. Rejects with `ConnectionLost`.
 */
export async function tryTransaction<K extends Kind>(actor: Actor, attempt: Attempt<K>): Promise<void> {
  const { pending, queue, value } = attempt;
  const { deadlineMs } = actor.common;
  const wire = await actor.wire();
  let opened: Reply;
  try {
    opened = await wire.send(['MULTI'], deadlineMs);
  } catch (error) {
    pending.refused('the connection ended before EXEC');
    throw error;
  }
  if (opened instanceof Error) {
    const isClean = meaningOf(opened.message) !== 'unclean';
    if (isClean) pending.refused(`MULTI: ${opened.message}`);
    else pending.unclean(`MULTI: ${opened.message}`);
    actor.drop();
    return;
  }
  const queued = queue.map((words) => wire.send(words, deadlineMs));
  const answered = Promise.allSettled(queued);
  if (actor.random.below(2) === 0) {
    // As people write it, with time between QUEUED and EXEC: the master may move there.
    await answered;
    await actor.rest();
  }
  const executed = wire.send(['EXEC'], deadlineMs);
  const [answers] = await Promise.all([
    answered,
    actor.settle(pending, executed, (reply) => {
      if (reply === null && !attempt.watching) throw new Error('EXEC answered null, and nothing was watched');
      return value(reply);
    }),
  ]);
  const isQueued = answers.every((answer) => answer.status === 'fulfilled' && answer.value === 'QUEUED');
  if (!isQueued) actor.drop();
}
