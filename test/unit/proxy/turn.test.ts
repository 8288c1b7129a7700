import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { Turn } from '../../../src/proxy/turn.js';

await t.test('work is done once, in order, when the turn ends', async (t) => {
  const turn = new Turn();
  const done: string[] = [];
  turn.add({ onTurnEnd: () => done.push('a') });
  turn.add({ onTurnEnd: () => done.push('b') });
  t.same(done, []);
  await nextTurn();
  t.same(done, ['a', 'b']);
  await nextTurn();
  t.same(done, ['a', 'b']);
});

await t.test('work that is added by work is done in the same turn', async (t) => {
  const turn = new Turn();
  const done: string[] = [];
  const flush = { onTurnEnd: () => done.push('flush') };
  turn.add({
    onTurnEnd: () => {
      done.push('resume');
      turn.add(flush);
      t.same(done, ['resume'], 'not inside the other');
    },
  });
  turn.add({ onTurnEnd: () => done.push('other') });
  await nextTurn();
  t.same(done, ['resume', 'other', 'flush']);
  await nextTurn();
  t.equal(done.length, 3, 'and not again');
  turn.add(flush);
  await nextTurn();
  t.equal(done.length, 4, 'the next turn works as the first');
});

await t.test('what has been touched can be finished at once, and only once', async (t) => {
  const turn = new Turn();
  const done: string[] = [];
  turn.add({ onTurnEnd: () => done.push('a') });
  turn.finish();
  t.same(done, ['a']);
  turn.add({
    onTurnEnd: () => {
      done.push('b');
      turn.add({ onTurnEnd: () => done.push('c') });
      turn.finish();
      t.same(done, ['a', 'b'], 'work that is being finished goes on in its order');
    },
  });
  await nextTurn();
  t.same(done, ['a', 'b', 'c']);
});

await t.test('work that throws leaves no other work undone', async (t) => {
  const turn = new Turn();
  const done: string[] = [];
  turn.add({
    onTurnEnd: () => {
      turn.add({ onTurnEnd: () => done.push('added') });
      throw new Error('the first defect');
    },
  });
  turn.add({ onTurnEnd: () => done.push('other') });
  turn.add({
    onTurnEnd: () => {
      throw new Error('the second defect');
    },
  });
  t.throws(() => turn.finish(), /the first defect/, 'it is not kept quiet');
  t.same(done, ['other', 'added']);
  turn.add({ onTurnEnd: () => done.push('next') });
  await nextTurn();
  t.same(done, ['other', 'added', 'next'], 'the next turn works as any');
});
