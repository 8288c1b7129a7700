import t from 'tap';
import { found, History } from './support/history.js';

await t.test('a register', async (t) => {
  const clean = (name: string, history: History): unknown => t.same(found(history), [], name);
  const wrong = (kind: string, history: History): unknown => t.same(found(history), [kind], kind);
  const register = (): History => new History('r');
  const two = (): History => register().write([0, 1], 'a').write([2, 3], 'b');

  clean('in order', two().read([4, 5], 'b'));
  clean(
    'during a write, both values',
    register().write([0, 1], 'a').write([2, 9], 'b').read([3, 4], 'a').read([5, 6], 'b'),
  );
  clean('two writes at the same time', register().write([0, 9], 'a').write([0, 9], 'b').finalRead([10, 11], 'a'));
  clean('an unknown write that ran late', two().unknownWrite(4, 'c').read([5, 6], 'b').read([7, 8], 'c'));
  clean('an unknown write that did not run', two().unknownWrite(4, 'c').finalRead([5, 6], 'b'));
  clean('a refused write', two().refusedWrite([4, 5], 'c').finalRead([6, 7], 'b'));
  clean('nothing there at first', register().read([0, 1], null).write([2, 3], 'a').read([4, 5], 'a'));
  clean('GETSET in a row', register().swap([0, 1], 'a', null).swap([2, 3], 'b', 'a').read([4, 5], 'b'));
  clean('SET NX', register().writeIfAbsent([0, 1], 'a', true).writeIfAbsent([2, 3], 'b', false).read([4, 5], 'a'));
  clean('EXEC that did not run', two().compareAndSwap([4, 5], 'b', 'c', false).finalRead([6, 7], 'b'));

  wrong('lost', two().finalRead([4, 5], 'a'));
  wrong('lost', register().write([0, 1], 'a').finalRead([2, 3], null));
  wrong('lost', two().read([4, 5], 'b').finalRead([6, 7], 'a'));
  wrong('stale-read', two().read([4, 5], 'a').finalRead([6, 7], 'b'));
  wrong(
    'stale-read',
    register().write([0, 9], 'a').write([0, 9], 'b').read([10, 11], 'a').read([12, 13], 'b').read([14, 15], 'a'),
  );
  wrong('stale-read', two().unknownWrite(4, 'c').read([5, 6], 'c').read([7, 8], 'b'));
  wrong('wrong-reply', two().read([4, 5], 'x'));
  wrong('wrong-reply', register().read([0, 1], 'a').write([2, 3], 'a'));
  wrong('ran-though-refused', two().refusedWrite([4, 5], 'c').read([6, 7], 'c').finalRead([8, 9], 'c'));
  wrong('ran-though-refused', two().compareAndSwap([4, 5], 'b', 'c', false).finalRead([6, 7], 'c'));
  const both = (): History => two().compareAndSwap([4, 9], 'b', 'c', true).compareAndSwap([4, 9], 'b', 'd', true);
  wrong('broken-transaction', both().finalRead([10, 11], 'd'));
  wrong('broken-transaction', register().writeIfAbsent([0, 9], 'a', true).writeIfAbsent([0, 9], 'b', true));
  wrong('not-linearizable', register().writeIfAbsent([0, 1], 'a', false).write([2, 3], 'b'));
});
