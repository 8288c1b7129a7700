import t from 'tap';
import { found, History } from './support/history.js';

await t.test('a bank', async (t) => {
  const clean = (name: string, history: History): unknown => t.same(found(history), [], name);
  const wrong = (kind: string, history: History): unknown => t.same(found(history), [kind], kind);
  const opened = (): History => new History('bank').balances([0, 1], 0, { a: 10, b: 10, c: 10 });
  /** 1 from a to b, and 2 from b to c. */
  const two = (): History =>
    opened().transfer([2, 3], ['a', 10, 'b', 10, 1], 1).transfer([4, 5], ['b', 11, 'c', 10, 2], 2);

  clean('in order', two().balances([6, 7], 2, { a: 9, b: 9, c: 12 }));
  clean(
    'EXEC that did not run',
    two().transfer([6, 7], ['a', 1, 'b', 1, 1], null).balances([8, 9], 2, { a: 9, b: 9, c: 12 }),
  );
  clean('read between', two().balances([2, 9], 1, { a: 9, b: 11, c: 10 }));
  const open = (): History => two().unknownTransfer(6, ['a', 9, 'b', 9, 4]).unknownTransfer(6, ['a', 9, 'c', 12, 4]);
  clean('without an answer', open().balances([8, 9], 2, { a: 9, b: 9, c: 12 }));
  clean('one of two without an answer', open().balances([8, 9], 3, { a: 5, b: 9, c: 16 }));
  clean(
    'followed by another',
    open().transfer([8, 9], ['b', 13, 'c', 12, 1], 4).balances([10, 11], 4, { a: 5, b: 12, c: 13 }),
  );

  wrong('broken-transaction', two().balances([6, 7], 2, { a: 9, b: 9, c: 11 }));
  wrong('broken-transaction', two().balances([6, 7], 2, { a: 9, b: 8, c: 13 }));
  wrong('broken-transaction', two().transfer([6, 7], ['a', 10, 'c', 12, 1], 3));
  wrong('doubled', two().balances([6, 7], 3, { a: 8, b: 10, c: 12 }));
  wrong(
    'broken-transaction',
    open().balances([8, 9], 3, { a: 9, b: 9, c: 12 }).transfer([10, 11], ['a', 5, 'b', 9, 1], 5),
  );
  wrong('doubled', two().unknownTransfer(6, ['a', 1, 'b', 9, 4]).balances([8, 9], 3, { a: 9, b: 9, c: 12 }));
  wrong('lost', two().finalBalances([6, 7], 1, { a: 9, b: 11, c: 10 }));
  wrong('lost', two().transfer([6, 7], ['b', 11, 'c', 10, 2], 2));
  wrong('stale-read', two().balances([6, 7], 1, { a: 9, b: 11, c: 10 }));
  wrong(
    'ran-though-refused',
    two().refusedTransfer([6, 7], ['a', 9, 'b', 9, 1]).balances([8, 9], 3, { a: 8, b: 10, c: 12 }),
  );
});
