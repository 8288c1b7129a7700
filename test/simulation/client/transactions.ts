import type { Pending } from '../../history/recorder.js';
import { Application } from './application.js';
import type { Conversation, SimReply } from './conversation.js';
import { text } from './kinds.js';
import { settle } from './outcome.js';

/** MULTI, a counter and a list, EXEC: both or neither. */
export class Transactor extends Application {
  protected override round(conversation: Conversation, done: () => void): void {
    const element = this.unique();
    const counted = this.recorder.begin(this.name, 'db0 both-counter', 'increment', null);
    const listed = this.recorder.begin(this.name, 'db0 both-list', 'append', { element });
    const requests = [['MULTI'], ['INCR', 'both-counter'], ['RPUSH', 'both-list', element], ['EXEC']];
    const settled = ([begun, count, push, executed]: readonly SimReply[]): void => {
      // Without MULTI the two run one by one.
      const alone = begun instanceof Error && !begun.message.startsWith('OUTCOMEUNKNOWN');
      const [counter, list] = alone ? [count, push] : both(executed);
      settle(counted, counter, Number);
      settle(listed, list, Number);
      done();
    };
    // Some say it all at once, some wait for the answers in between: a switch may come then.
    if (this.loop.dice.chance(0.5)) sayAtOnce(conversation, requests, settled);
    else sayOneByOne(conversation, requests, settled);
  }
}

/** WATCH, GET, MULTI, SET, EXEC; each when the one before was answered. */
export class Swapper extends Application {
  protected override round(conversation: Conversation, done: () => void): void {
    const key = `swapped${this.loop.dice.whole(0, 1)}`;
    sayOneByOne(
      conversation,
      [
        ['WATCH', key],
        ['GET', key],
      ],
      ([watched, seen]) => {
        if (watched !== 'OK' || seen instanceof Error || seen === undefined) {
          sayAtOnce(conversation, [['UNWATCH']], done);
          return;
        }
        const expected = text(seen);
        const value = this.unique();
        const pending = this.recorder.begin(this.name, `db0 ${key}`, 'compare-and-swap', { expected, value });
        this.#swap(conversation, pending, ['SET', key, value], done);
      },
    );
  }

  #swap(
    conversation: Conversation,
    pending: Pending<'compare-and-swap'>,
    set: readonly string[],
    done: () => void,
  ): void {
    const settled = (reply: SimReply): void => {
      settle(pending, reply, (replies) => replies !== null);
      done();
    };
    sayAtOnce(conversation, [['MULTI']], ([begun]) => {
      if (begun !== 'OK') settled(begun);
      else sayOneByOne(conversation, [set, ['EXEC']], ([, executed]) => settled(executed));
    });
  }
}

function both(executed: SimReply): readonly [SimReply, SimReply] {
  if (!Array.isArray(executed)) return [executed, executed];
  const [first, second] = executed as readonly SimReply[];
  return [first, second];
}

function sayAtOnce(
  conversation: Conversation,
  requests: readonly (readonly string[])[],
  then: (replies: readonly SimReply[]) => void,
): void {
  const replies: SimReply[] = [];
  conversation.say(
    requests.map((words) => ({
      words,
      replied: (reply) => {
        replies.push(reply);
        if (replies.length === requests.length) then(replies);
      },
    })),
  );
}

function sayOneByOne(
  conversation: Conversation,
  [first, ...rest]: readonly (readonly string[])[],
  then: (replies: readonly SimReply[]) => void,
  replies: readonly SimReply[] = [],
): void {
  if (first === undefined) then(replies);
  else
    conversation.say([
      { words: first, replied: (reply) => sayOneByOne(conversation, rest, then, [...replies, reply]) },
    ]);
}
