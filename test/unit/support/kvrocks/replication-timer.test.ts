import t from 'tap';
import { ReplicationTimer } from '../../../support/kvrocks/replication-timer.js';

await t.test('ticks every 100 ms from the connection on', (t) => {
  const timer = new ReplicationTimer(0);
  timer.restart(1000);
  t.equal(timer.nextAfter(1000), 1000.5);
  t.equal(timer.nextAfter(1000.5), 1100.5);
  t.equal(timer.nextAfter(1234), 1300.5);
  t.end();
});

await t.test('while the thread sleeps there are no ticks', (t) => {
  const timer = new ReplicationTimer(0);
  timer.restart(1000);
  timer.restart(2345);
  t.equal(timer.nextAfter(1500), 2345.5);
  t.equal(timer.nextAfter(2346), 2445.5);
  t.end();
});

await t.test('a tick misses its time by no more than the jitter', (t) => {
  const timer = new ReplicationTimer(3);
  timer.restart(0);
  const ticks = Array.from({ length: 100 }, () => timer.nextAfter(50));
  t.ok(ticks.every((tick) => Math.abs(tick - 100.5) <= 3));
  t.ok(new Set(ticks).size > 1);
  t.end();
});
