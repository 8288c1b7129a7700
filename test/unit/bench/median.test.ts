import t from 'tap';
import { median, quantile } from '../../../bench/support/quantile.js';
import { figuresOf } from '../../../bench/throughput/figures.js';

await t.test('the median of an even number of rounds lies between the two in the middle', async (t) => {
  t.equal(median([3, 1]), 2);
  t.equal(median([9, 1, 4, 2]), 3);
  t.equal(median([5, 1, 3]), 3);
  t.equal(median([7]), 7);
  t.equal(median([]), 0);
});

await t.test('a quantile of samples is a value that was measured', async (t) => {
  t.equal(quantile([3, 1], 0.5), 1);
});

await t.test('figures of two rounds favour neither', async (t) => {
  const sample = { requests: 1_000, seconds: 1, p50Us: 10, p99Us: 20, p999Us: 30, ownCpuUs: 1_000, cpuUs: 10 };
  const workload = { command: 'get' as const, connections: 1, pipeline: 1, size: 64 };
  const { medians } = figuresOf('holdfast', workload, [{ sample }, { sample: { ...sample, cpuUs: 20, p50Us: 30 } }]);
  t.match(medians, { cpuUs: 15, p50Us: 20, p99Us: 20, perSecond: 1_000 });
});
