import t from 'tap';
import { parseBenchmarkCsv } from '../../../bench/throughput/redis-benchmark.js';

const NAMES =
  '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"';

await t.test('the figures are found by their names, whatever else is printed', async (t) => {
  const text = `WARNING: Could not fetch server CONFIG\n${NAMES}\n"SET","39139.00","1.1","0.2","0.759","1.0","1.175","3.500"\n`;
  t.same(parseBenchmarkCsv(text), { requestsPerSecond: 39_139, p50Ms: 0.759, p99Ms: 1.175, maxMs: 3.5 });
});

await t.test('an output without figures is an error, not a zero', async (t) => {
  t.throws(() => parseBenchmarkCsv('Could not connect'), /did not say rps/);
  t.throws(() => parseBenchmarkCsv(NAMES), /did not say rps/);
});
