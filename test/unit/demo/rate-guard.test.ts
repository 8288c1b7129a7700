import t from 'tap';
import { RateGuard } from '../../../bench/load/rate-guard.js';

await t.test('a rate that is kept stays, and so does one that a switch spoils for two seconds', async (t) => {
  const guard = new RateGuard(1_000);
  for (const reached of [1_000, 950, 0, 100, 1_000, 0, 0, 900]) t.equal(guard.second(reached), null);
});

await t.test('three missed seconds lower the rate to four fifths of the best of them', async (t) => {
  const guard = new RateGuard(1_000);
  t.same([guard.second(600), guard.second(500), guard.second(400)], [null, null, 480]);
  t.equal(guard.second(470), null, 'the new rate is what counts now');
  t.same([guard.second(100), guard.second(100), guard.second(100)], [null, null, 80]);
});

await t.test('the rate never falls to nothing', async (t) => {
  const guard = new RateGuard(10);
  t.same([guard.second(0), guard.second(0), guard.second(0)], [null, null, 1]);
});
