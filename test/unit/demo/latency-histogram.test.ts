import t from 'tap';
import { LatencyHistogram } from '../../../bench/load/latency-histogram.js';

await t.test('quantiles are right to two per cent and the maximum is exact', async (t) => {
  const histogram = new LatencyHistogram();
  for (let value = 1; value <= 1_000; value++) histogram.record(value / 10);
  for (const [q, expected] of [
    [0.5, 50],
    [0.99, 99],
  ] as const) {
    t.ok(Math.abs(histogram.quantile(q) - expected) <= expected * 0.02, `${q}: ${histogram.quantile(q)}`);
  }
  t.equal(histogram.max, 100);
  t.equal(histogram.quantile(1), 100);
});

await t.test('nothing recorded is 0, and extremes have a place', async (t) => {
  t.equal(new LatencyHistogram().quantile(0.5), 0);
  const histogram = new LatencyHistogram();
  histogram.record(0);
  histogram.record(1e9);
  t.equal(histogram.quantile(1), histogram.max);
});
