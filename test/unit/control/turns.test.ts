import t from 'tap';
import { Turns } from '../../../src/control/turns.js';

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
