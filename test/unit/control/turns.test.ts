import t from 'tap';
import { Turns } from '../../../src/control/turns.js';
import { ManualClock } from './manual-clock.js';

await t.test('turns come in the order of asking, and clients are served between two of them', async (t) => {
  const turns = new Turns();
  const story: string[] = [];
  let allTaken = false;
  const client = (): void => {
    if (story.at(-1) !== 'client') story.push('client');
    if (!allTaken) setImmediate(client);
  };
  setImmediate(client);
  await Promise.all(
    ['first', 'second', 'third'].map(async (who) => {
      await turns.next();
      story.push(who);
    }),
  );
  allTaken = true;
  t.strictSame(story.slice(story.indexOf('first')), ['first', 'client', 'second', 'client', 'third']);
});

await t.test('between two turns there is a rest, in which nothing at all is to be done', async (t) => {
  const clock = new ManualClock();
  const turns = new Turns(clock);
  const taken: string[] = [];
  void turns.next().then(() => taken.push('first'));
  void turns.next().then(() => taken.push('second'));
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(taken, ['first']);
  const restMs = clock.nextIn() ?? 0;
  t.ok(restMs >= 1, 'a time in which the processor is free');
  clock.advance(restMs);
  await new Promise((resolve) => setImmediate(resolve));
  t.strictSame(taken, ['first', 'second']);
});

await t.test('who asks after a pause gets a turn too, and one who fails in it takes nobody along', async (t) => {
  const turns = new Turns();
  const failing = turns.next().then(() => {
    throw new Error('mine');
  });
  const other = turns.next();
  await t.rejects(failing, /mine/);
  await other;
  await turns.next();
  t.pass('all were given');
});
