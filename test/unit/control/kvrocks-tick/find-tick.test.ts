import t from 'tap';
import { findTick } from '../../../../src/control/kvrocks-tick/find-tick.js';
import { VirtualPair } from './virtual-pair.js';

await t.test('the tick is found to a fraction of a round trip, whenever the link breaks', async (t) => {
  for (const breaksAfterMs of [0, 0.2, 1, 33.3, 99]) {
    const pair = new VirtualPair();
    pair.breaksAfterMs = breaksAfterMs;
    const droppedAt = pair.clock.now() + pair.tripMs / 2;
    const tick = await pair.run(findTick(pair.master, pair.replica, pair.clock, 5_000));
    const truth = droppedAt + breaksAfterMs + pair.breakToTickMs;
    t.ok(tick !== null && Math.abs(tick.atMs - truth) <= tick.withinMs, `${breaksAfterMs} ms`);
    t.ok(tick !== null && tick.withinMs <= pair.tripMs + 1e-6, 'known within a trip');
  }
});

await t.test('it is waited for until the candidate has what the master had when its link came up', async (t) => {
  const pair = new VirtualPair();
  pair.catchesUpAfterMs = 1_700;
  const start = pair.clock.now();
  await pair.run(findTick(pair.master, pair.replica, pair.clock, 5_000));
  t.ok(pair.clock.now() - start >= 1_700 + pair.breaksAfterMs);
});

await t.test('a moment of business makes it as uncertain as it was long', async (t) => {
  const pair = new VirtualPair();
  pair.breaksAfterMs = 10;
  // The first question is the order to the master; the link breaks while the third is under way.
  pair.slow.set(3, 20);
  const tick = await pair.run(findTick(pair.master, pair.replica, pair.clock, 5_000));
  t.ok(tick !== null && tick.withinMs > 5, `± ${tick?.withinMs} ms`);
});

await t.test('a link that does not break says nothing', async (t) => {
  const pair = new VirtualPair();
  pair.holdsFast = true;
  t.equal(await pair.run(findTick(pair.master, pair.replica, pair.clock, 5_000)), null);
});

await t.test('a candidate that does not come back in time is no candidate', async (t) => {
  const pair = new VirtualPair();
  pair.catchesUpAfterMs = Infinity;
  await t.rejects(pair.run(findTick(pair.master, pair.replica, pair.clock, 3_000)), {
    kind: 'unknown',
    message: /r:1: its link did not come up again/,
  });
});
