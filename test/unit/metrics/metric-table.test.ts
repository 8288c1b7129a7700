import t from 'tap';
import { METRICS, type MetricSpec } from '../../../src/metrics/metric-table.js';

const SPECS = Object.entries<MetricSpec>(METRICS);

await t.test('names follow the conventions of Prometheus', async (t) => {
  for (const [name, { type, unit }] of SPECS) {
    t.match(name, /^holdfast_[a-z_]+$/);
    t.equal(name.endsWith('_total'), type === 'counter', `${name}: counters, and only they, end in _total`);
    if (unit === 'seconds') t.match(name, /_seconds(?:_total)?$/, `${name} carries its unit`);
  }
});

await t.test('buckets rise, begin at 100 µs, and tell stalls of one and of two milliseconds apart', async (t) => {
  for (const [name, { type, buckets = [] }] of SPECS) {
    if (type !== 'histogram') {
      t.equal(buckets.length, 0, name);
      continue;
    }
    t.equal(buckets[0], 0.0001, name);
    t.same(
      buckets,
      [...buckets].sort((a, b) => a - b),
    );
    t.equal(new Set(buckets).size, buckets.length);
    t.ok(buckets.filter((bound) => bound >= 0.001 && bound <= 0.005).length >= 5, name);
  }
});
