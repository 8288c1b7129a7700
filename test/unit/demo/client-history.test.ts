import t from 'tap';
import { ClientHistory, ELEMENT } from '../../../bench/load/client-history.js';
import { OPERATION } from '../../../bench/load/operation.js';

function afterTwoSets(): ClientHistory {
  const history = new ClientHistory(1);
  for (let count = 0; count < 2; count++) history.settled(OPERATION.set, 0, history.sent(OPERATION.set, 0), 'ok');
  return history;
}

await t.test('a read of the newest acknowledged write is right', async (t) => {
  const history = afterTwoSets();
  history.read(0, { client: 1, key: 0, sequence: 2 });
  history.read(5, null);
  t.same(history.findings(), { outOfOrder: 0, staleReads: 0, crossed: 0 });
});

await t.test('a read of an older value is stale', async (t) => {
  const history = afterTwoSets();
  history.read(0, { client: 1, key: 0, sequence: 1 });
  history.read(0, null);
  t.equal(history.findings().staleReads, 2);
});

await t.test('a read of what was sent but not yet acknowledged is right', async (t) => {
  const history = afterTwoSets();
  const sequence = history.sent(OPERATION.set, 0);
  history.read(0, { client: 1, key: 0, sequence });
  t.same(history.findings(), { outOfOrder: 0, staleReads: 0, crossed: 0 });
});

await t.test("another client's value, another key's, and one from the future are crossed replies", async (t) => {
  const history = afterTwoSets();
  history.read(0, { client: 2, key: 0, sequence: 2 });
  history.read(0, { client: 1, key: 3, sequence: 2 });
  history.read(0, { client: 1, key: 0, sequence: 3 });
  t.equal(history.findings().crossed, 3);
});

await t.test('a counter or a list length that does not rise is out of order', async (t) => {
  const history = new ClientHistory(1);
  for (const value of [1, 2, 2, 1, 2]) history.counted(value);
  for (const length of [1, 2, 1]) history.listed(length);
  t.equal(history.findings().outOfOrder, 3);
});

await t.test('list elements are remembered beyond the first block', async (t) => {
  const history = new ClientHistory(1);
  for (let element = 1; element <= 5000; element++) {
    t.equal(history.sent(OPERATION.rpush, 0), element);
    history.settled(OPERATION.rpush, 0, element, element % 2 === 0 ? 'ok' : 'error');
  }
  t.equal(history.elements[4], ELEMENT.ok);
  t.equal(history.elements[4999], ELEMENT.error);
  t.equal(history.elements[5000], ELEMENT.ok);
});
