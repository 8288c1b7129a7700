import t from 'tap';
import { Pacer } from '../../../bench/load/pacer.js';

await t.test('operations fall due at even distances, however late they are taken', async (t) => {
  const pacer = new Pacer(2_000, 100);
  t.equal(pacer.backlog(100), 0);
  t.equal(pacer.backlog(103), 6);
  t.same([pacer.take(), pacer.take(), pacer.take()], [100, 100.5, 101]);
  t.equal(pacer.backlog(103), 3);
  t.equal(pacer.backlog(1_103), 2_003);
  t.equal(pacer.take(), 101.5);
});

await t.test('a restart gives up what was due and goes on at the new rate', async (t) => {
  const pacer = new Pacer(1_000, 0);
  pacer.take();
  t.equal(pacer.restart(500, 10), 9);
  t.equal(pacer.backlog(10), 0);
  t.equal(pacer.take(), 10);
  t.equal(pacer.take(), 12);
});
