import t from 'tap';
import { found, History } from './support/history.js';

await t.test('a list', async (t) => {
  const clean = (name: string, history: History): unknown => t.same(found(history), [], name);
  const wrong = (kind: string, history: History): unknown => t.same(found(history), [kind], kind);
  const list = (): History => new History('l');
  const two = (): History => list().append([0, 1], 'a', 1).append([2, 3], 'b', 2);

  clean('in order', two().range([4, 5], ['a', 'b']));
  clean('nothing read', two());
  clean('read on the way', two().range([1.5, 2.5], ['a']).range([4, 5], ['a', 'b']));
  clean('at the same time', list().append([0, 9], 'a', 2).append([0, 9], 'b', 1).range([10, 11], ['b', 'a']));
  clean('an unknown one that ran', two().unknownAppend(4, 'c').finalRange([5, 6], ['a', 'b', 'c']));
  clean('an unknown one that did not', two().unknownAppend(4, 'c').finalRange([5, 6], ['a', 'b']));
  clean('an unknown one in the middle', list().append([0, 1], 'a', 1).unknownAppend(0, 'c').append([2, 3], 'b', 3));
  clean('a refused one', two().refusedAppend([4, 5], 'c').finalRange([6, 7], ['a', 'b']));

  wrong('lost', two().finalRange([4, 5], ['a']));
  wrong('stale-read', two().range([4, 5], ['a']).finalRange([6, 7], ['a', 'b']));
  wrong('ran-though-refused', two().refusedAppend([4, 5], 'c').finalRange([6, 7], ['a', 'b', 'c']));
  t.match(found(two().finalRange([4, 5], ['a', 'b', 'b'])), ['doubled']);
  t.match(found(two().finalRange([4, 5], ['a', 'a', 'b'])), ['doubled', 'out-of-order']);
  t.match(found(two().finalRange([4, 5], ['b', 'a'])), ['out-of-order', 'lost']);
  t.match(found(two().range([4, 5], ['b', 'a']).finalRange([6, 7], ['a', 'b'])), ['out-of-order']);
  t.match(found(two().finalRange([4, 5], ['a', 'b', 'x'])), ['wrong-reply']);
  t.match(found(two().range([4, 5], ['a', 'x']).finalRange([6, 7], ['a', 'b'])), ['wrong-reply']);
  t.match(found(list().append([0, 1], 'a', 1).append([2, 3], 'b', 3)), ['doubled']);
  t.match(found(list().append([0, 1], 'a', 1).append([2, 3], 'b', 1)), ['lost']);
  t.match(found(list().append([4, 5], 'a', 1).append([2, 3], 'b', 2)), ['lost']);
});
