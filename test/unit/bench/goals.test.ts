import t from 'tap';
import { figuresOf, type ThroughputFigures } from '../../../bench/throughput/figures.js';
import { goalResults, type GoalResult } from '../../../bench/throughput/goals.js';
import type { ThroughputSample } from '../../../bench/throughput/run-throughput.js';
import type { Workload } from '../../../bench/throughput/workload.js';

const WORKLOAD: Workload = { command: 'get', connections: 50, pipeline: 16, size: 64 };

function sample(values: Partial<ThroughputSample>): ThroughputSample {
  return { requests: 1_000, seconds: 1, p50Us: 10, p99Us: 20, p999Us: 30, ownCpuUs: 1_000, cpuUs: 10, ...values };
}

function figures(
  workload: Workload,
  samples: Readonly<Record<string, Partial<ThroughputSample>>>,
): readonly ThroughputFigures[] {
  return Object.entries(samples).map(([name, values]) => figuresOf(name, workload, [{ sample: sample(values) }]));
}

function ratios(results: readonly GoalResult[]): readonly (readonly [string, string, number, boolean])[] {
  return results.flatMap(({ text, wanted, ratios: found }) =>
    found.map(({ ratio, reached }) => [text, wanted, Number(ratio.toFixed(3)), reached] as const),
  );
}

await t.test(
  'throughput and CPU are compared with the better of the two proxies, and throughput with direct',
  async (t) => {
    const results = goalResults(
      figures(WORKLOAD, {
        direct: { requests: 2_000, cpuUs: null },
        twemproxy: { requests: 1_000, cpuUs: 3 },
        'haproxy-tcp': { requests: 800, cpuUs: 2 },
        'naive-node': { requests: 9_000, cpuUs: 1 },
        holdfast: { requests: 1_500, cpuUs: 2.4 },
      }),
    );
    t.same(ratios(results), [
      ['the same, pipeline 16', '≥ 1.3', 1.5, true],
      ['throughput, direct = 1; 50 connections, pipeline 16', '≥ 0.8', 0.75, false],
      ['the same, pipeline 16', '≤ 0.9', 1.2, false],
    ]);
  },
);

await t.test('latency is compared by what is added to direct', async (t) => {
  const results = goalResults(
    figures(
      { ...WORKLOAD, connections: 1, pipeline: 1 },
      { direct: { p50Us: 20 }, twemproxy: { p50Us: 40 }, holdfast: { p50Us: 43 } },
    ),
  );
  t.same(ratios(results), [
    ['p50 latency added to direct, what twemproxy adds = 1; 1 connection, pipeline 1', '≤ 1.2', 1.15, true],
  ]);
});

await t.test('64 KB are compared with HAProxy', async (t) => {
  const results = goalResults(
    figures(
      { ...WORKLOAD, pipeline: 1, size: 65_536 },
      { 'haproxy-tcp': { requests: 1_000 }, holdfast: { requests: 900 } },
    ),
  );
  t.same(ratios(results), [['throughput, HAProxy = 1; 50 connections, pipeline 1', '≥ 0.9', 0.9, true]]);
});

await t.test('what was not measured, or has failed, is no ratio', async (t) => {
  const measured = figures(WORKLOAD, { twemproxy: {}, holdfast: {} });
  const failed = figuresOf('haproxy-tcp', WORKLOAD, [{ failure: 'the connection was closed' }]);
  t.same(ratios(goalResults([...measured, failed])), []);
});

await t.test('a figure is the median of the runs that have it', async (t) => {
  const { medians, failures, runs } = figuresOf('holdfast', WORKLOAD, [
    { sample: sample({ requests: 100 }) },
    { failure: 'no reply for 10 s' },
    { sample: sample({ requests: 300 }) },
    { sample: sample({ requests: 200 }) },
  ]);
  t.equal(runs, 4);
  t.same(failures, ['no reply for 10 s']);
  t.match(medians, { perSecond: 200, lowestPerSecond: 100, highestPerSecond: 300 });
});
