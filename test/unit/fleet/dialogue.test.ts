import t from 'tap';
import { Dialogue, DialogueError } from '../../../src/fleet/dialogue.js';
import { pairedChannels } from './paired-channels.js';

type Asked = {
  double: { ask: number; answer: number };
  later: { ask: null; answer: string };
  never: { ask: null; answer: null };
};
type Nothing = Record<string, never>;

const MS = 1000;

function dialogue() {
  const [near, far] = pairedChannels();
  const heard: number[] = [];
  let closed = 0;
  const asks = new Dialogue<Asked, Nothing>(near, {}, () => closed++);
  const answers = new Dialogue<Nothing, Asked>(
    far,
    {
      double: (number) => {
        heard.push(number);
        if (number < 0) throw new Error('too small');
        return number * 2;
      },
      later: () => Promise.resolve('later'),
      never: () => new Promise(() => undefined),
    },
    () => closed++,
  );
  return { asks, answers, heard, closed: () => closed };
}

t.test('each question has its own answer', async (t) => {
  const { asks } = dialogue();
  const answers = [asks.ask('later', null, MS), asks.ask('double', 1, MS), asks.ask('double', 2, MS)];
  t.same(await Promise.all(answers), ['later', 2, 4]);
});

t.test('what is told has no answer, and comes in its turn', async (t) => {
  const { asks, heard } = dialogue();
  asks.tell('double', 1);
  asks.tell('double', -1);
  await asks.ask('double', 2, MS);
  t.same(heard, [1, -1, 2]);
});

t.test('a refusal, silence and the end are told apart', async (t) => {
  const { asks, answers, closed } = dialogue();
  const kindOf = async (asked: Promise<unknown>): Promise<unknown> => {
    const error = await asked.then(
      () => null,
      (reason: unknown) => reason,
    );
    return error instanceof DialogueError ? error.kind : error;
  };
  t.equal(await kindOf(asks.ask('double', -1, MS)), 'refused');
  t.equal(await kindOf(asks.ask('never', null, 1)), 'silent');
  const open = kindOf(asks.ask('never', null, MS));
  answers.close();
  t.equal(await open, 'gone');
  t.equal(await kindOf(asks.ask('double', 1, MS)), 'gone');
  t.equal(closed(), 2);
});
