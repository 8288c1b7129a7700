import t from 'tap';
import { predict } from '../../../src/switchover/prediction.js';

const TRIPS = { from: 0.2, to: 0.3 };
const OVERHEAD_MS = 0.4;

await t.test('a candidate that has everything costs round trips, and what a hold costs on this machine', (t) => {
  const first = { at: 0, master: 100, candidate: 100 };
  // Drain, then fence and reading at once, then the promotion.
  const { lag, catchupMs, stallMs } = predict(first, { at: 10, master: 500, candidate: 510 }, TRIPS, OVERHEAD_MS, 0);
  t.equal(lag, 0);
  t.equal(catchupMs, 0);
  t.ok(Math.abs(stallMs - 1.2) < 1e-9);
  const slow = predict(first, { at: 10, master: 500, candidate: 510 }, TRIPS, OVERHEAD_MS, 50);
  t.ok(Math.abs(slow.stallMs - 51.2) < 1e-9, 'a promotion that takes its time');
  t.ok(Math.abs(slow.leadMs - 0.9) < 1e-9, 'what comes before it does not hang on that');
  t.end();
});

await t.test('a lag is caught up at the speed that was seen', (t) => {
  const first = { at: 0, master: 1_000, candidate: 0 };
  const { lag, catchupMs } = predict(first, { at: 10, master: 1_500, candidate: 1_000 }, TRIPS, OVERHEAD_MS, 0);
  t.equal(lag, 500);
  t.equal(catchupMs, 5);
  t.end();
});

await t.test('a candidate that is behind and stands still, or goes back, never catches up', (t) => {
  const first = { at: 0, master: 1_000, candidate: 900 };
  t.equal(predict(first, { at: 10, master: 1_000, candidate: 900 }, TRIPS, OVERHEAD_MS, 0).catchupMs, Infinity);
  t.equal(predict(first, { at: 10, master: 1_000, candidate: 800 }, TRIPS, OVERHEAD_MS, 0).catchupMs, Infinity);
  t.equal(
    predict(first, { at: 0, master: 1_000, candidate: 950 }, TRIPS, OVERHEAD_MS, 0).catchupMs,
    Infinity,
    'no time, no speed',
  );
  t.end();
});
