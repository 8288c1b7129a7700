import t from 'tap';
import { histogram, sparkline, switchPicture } from '../../../bench/support/charts.js';
import { spread } from '../../../bench/support/quantile.js';

await t.test('a sparkline shows nothing as a hole', async (t) => {
  t.equal(sparkline([8, 4, 0, 0, 8]), '█▅  █');
});

await t.test('a histogram has a row for each step between the shortest and the longest', async (t) => {
  const rows = histogram([0.8, 1.2, 1.4, 2.5]);
  t.same(
    rows.map((row) => row.replace(/█+/, '#')),
    ['      0.5–1 ms ┤# 1', '      1–1.5 ms ┤# 2', '      1.5–2 ms ┤', '        2–3 ms ┤# 1'],
  );
  t.same(histogram([]), []);
});

await t.test('the picture of a switch has the longest wait in its middle', async (t) => {
  const length = 400;
  const acknowledgements = Array.from({ length }, (_, ms) => (ms >= 290 && ms < 300 ? 0 : 10));
  const waitsMs = Array.from({ length }, (_, ms) => (ms === 300 ? 10 : 0.5));
  const [line] = switchPicture({ fromMs: 0, maxWaitMs: 10, maxGapMs: 10, acknowledgements, waitsMs }, 60);
  t.equal(line?.indexOf(' '), 20);
  t.equal(line?.slice(30, 31), '▅');
});

await t.test('p50, p99 and maximum are values that occurred', async (t) => {
  t.same(spread([5, 1, 3, 2, 4]), { p50: 3, p99: 5, max: 5 });
  t.same(spread([]), { p50: 0, p99: 0, max: 0 });
});
