import t from 'tap';
import { found, History } from './support/history.js';

await t.test('a queue', async (t) => {
  const clean = (name: string, history: History): unknown => t.same(found(history), [], name);
  const wrong = (kind: string, history: History): unknown => t.same(found(history), [kind], kind);
  const queue = (): History => new History('q');
  const two = (): History => queue().push([0, 1], 'a').push([2, 3], 'b');

  clean('in order', two().pop([4, 5], 'a').pop([6, 7], 'b').remaining([8, 9], []));
  clean('some remain', two().pop([4, 5], 'a').remaining([6, 7], ['b']));
  clean('a consumer that waited', queue().pop([0, 9], 'a').push([5, 6], 'a').remaining([10, 11], []));
  clean('empty before the first', queue().pop([0, 1], null).push([2, 3], 'a').remaining([4, 5], ['a']));
  clean('one taken without an answer', two().unknownPop(4).remaining([5, 6], ['b']));
  clean('a push without an answer', two().unknownPush(4, 'c').remaining([5, 6], ['a', 'b', 'c']));
  clean('moved', two().move([4, 5], 'p', 'a').finalRange([6, 7], ['a'], 'p').remaining([6, 7], ['b']));
  clean('moved without an answer', two().unknownMove(4, 'p').finalRange([6, 7], ['a'], 'p').remaining([6, 7], ['b']));

  wrong('lost', two().pop([4, 5], 'a').remaining([6, 7], []));
  wrong('lost', two().unknownPop(4).remaining([5, 6], []));
  wrong('lost', two().move([4, 5], 'p', 'a').finalRange([6, 7], [], 'p').remaining([6, 7], ['b']));
  wrong('lost', two().remaining([4, 5], ['a', 'b']).remaining([6, 7], ['a']));
  wrong('lost', two().unknownMove(4, 'p').finalRange([6, 7], [], 'p').remaining([6, 7], ['b']));
  wrong('doubled', two().pop([4, 5], 'a').pop([6, 7], 'a').remaining([8, 9], ['b']));
  wrong('doubled', two().pop([4, 5], 'a').remaining([6, 7], ['a', 'b']));
  wrong('doubled', two().remaining([4, 5], ['a', 'b', 'b']));
  wrong('doubled', two().move([4, 5], 'p', 'a').finalRange([6, 7], ['a', 'a'], 'p').remaining([6, 7], ['b']));
  wrong('doubled', two().move([4, 5], 'p', 'a').finalRange([6, 7], ['a', 'b'], 'p').remaining([6, 7], []));
  wrong('out-of-order', two().pop([4, 5], 'b').pop([6, 7], 'a').remaining([8, 9], []));
  wrong('out-of-order', two().remaining([4, 5], ['b', 'a']));
  wrong('out-of-order', two().pop([4, 5], 'b').remaining([6, 7], ['a']));
  wrong('stale-read', two().pop([4, 5], null).remaining([6, 7], ['a', 'b']));
  wrong('wrong-reply', two().pop([4, 5], 'x').remaining([6, 7], ['a', 'b']));
  wrong('wrong-reply', queue().pop([0, 1], 'a').push([2, 3], 'a').remaining([4, 5], ['a']));
  wrong('wrong-reply', two().remaining([4, 5], ['a', 'b']).remaining([6, 7], ['a', 'b', 'x']));
  wrong('ran-though-refused', two().refusedPush([4, 5], 'c').pop([6, 7], 'c').remaining([8, 9], ['a', 'b']));
});
