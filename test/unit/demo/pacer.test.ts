import t from 'tap';
import { Pacer } from '../../../bench/load/pacer.js';

await t.test('operations fall due at even distances, however late they are taken', async (t) => {
  const pacer = new Pacer(2_000, 100);
  t.equal(pacer.look(100), 0);
  t.equal(pacer.look(103), 6);
  pacer.take();
  t.equal(pacer.look(103), 5);
  t.equal(pacer.look(1_103), 2_005);
});

await t.test('what leaves at the first look after it became due has not waited', async (t) => {
  const pacer = new Pacer(1_000, 0);
  pacer.look(2.5);
  t.same([pacer.take(), pacer.take()], [0, 2.5]);
});

await t.test('what could not leave when it was due has waited since then', async (t) => {
  const pacer = new Pacer(1_000, 0);
  pacer.look(3.5);
  t.equal(pacer.look(10.5), 10);
  t.same([pacer.take(), pacer.take(), pacer.take(), pacer.take(), pacer.take()], [0, 1, 2, 3, 10.5]);
});

await t.test('a restart gives up what was due and goes on at the new rate', async (t) => {
  const pacer = new Pacer(1_000, 0);
  pacer.look(10);
  pacer.take();
  t.equal(pacer.restart(500, 10), 9);
  t.equal(pacer.look(10), 0);
  t.equal(pacer.look(14), 2);
  t.equal(pacer.look(15), 2);
  t.same([pacer.take(), pacer.take()], [10, 12]);
});
