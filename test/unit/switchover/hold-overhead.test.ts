import t from 'tap';
import { HoldOverhead } from '../../../src/switchover/hold-overhead.js';
import type { SwitchoverReport } from '../../../src/switchover/ports.js';
import { B, Harness } from './harness.js';

/** A switchover for which `tripsMs` of round trips were predicted beside what was expected beyond them. */
async function reports(): Promise<(tripsMs: number, expectedMs: number, stallMs: number) => SwitchoverReport> {
  const report = await new Harness().run({ to: B });
  return (tripsMs, expectedMs, stallMs) => ({
    ...report,
    predictedStallUs: (tripsMs + expectedMs) * 1_000,
    stallUs: stallMs * 1_000,
  });
}

await t.test('what holds cost beyond their round trips is expected of the next one', async (t) => {
  const report = await reports();
  const overhead = new HoldOverhead();
  const first = overhead.ms;
  t.ok(first > 0, 'before the first hold there is a guess');
  overhead.learn(report(2, first, 5));
  t.ok(Math.abs(overhead.ms - 3) < 1e-9);
});

await t.test('one hold that went badly does not count, a change of the load does', async (t) => {
  const report = await reports();
  const overhead = new HoldOverhead();
  for (const stallMs of [2, 2, 50, 2]) overhead.learn(report(1, overhead.ms, stallMs));
  t.ok(Math.abs(overhead.ms - 1) < 1e-9);
  for (let hold = 0; hold < 5; hold++) overhead.learn(report(1, overhead.ms, 4));
  t.ok(Math.abs(overhead.ms - 3) < 1e-9);
});

await t.test('of holds that differ, what is expected lies a little under the middle', async (t) => {
  const report = await reports();
  const overhead = new HoldOverhead();
  for (const costMs of [9, 1, 8, 2, 7, 3, 6, 4, 5]) overhead.learn(report(1, overhead.ms, 1 + costMs));
  t.ok(Math.abs(overhead.ms - 4) < 1e-9, `${overhead.ms} ms`);
});

await t.test('what did not switch teaches nothing, and nothing is less than no time', async (t) => {
  const report = await reports();
  const overhead = new HoldOverhead();
  const first = overhead.ms;
  overhead.learn({ ...report(1, first, 100), outcome: 'aborted' });
  t.equal(overhead.ms, first);
  overhead.learn(report(10, first, 1));
  t.equal(overhead.ms, 0);
});

await t.test('a hold that lasted until a chosen moment teaches only how soon it was ready', async (t) => {
  const report = await reports();
  const overhead = new HoldOverhead();
  const first = overhead.ms;
  t.equal(overhead.leadMs, null);
  for (const leadMs of [1, 9, 2, 8, 3, 7, 4, 6, 5]) {
    overhead.learn({
      ...report(1, first, 100),
      timed: true,
      drainUs: leadMs * 500,
      fenceUs: leadMs * 300,
      catchupUs: leadMs * 200,
    });
  }
  t.equal(overhead.ms, first);
  t.equal(overhead.leadMs, 8, 'more than most of them took');
});

await t.test('a service learns from its switchovers', async (t) => {
  const harness = new Harness();
  harness.b.trouble('promote', { how: 'late', ms: 7 });
  const first = await harness.run({ to: B });
  t.equal(first.outcome, 'switched');
  const next = await harness.run({ to: harness.a.id, dryRun: true });
  t.equal(next.outcome, 'would-switch');
  t.ok(next.predictedStallUs >= 7_000, `${next.predictedStallUs} µs after a stall of ${first.stallUs} µs`);
});
