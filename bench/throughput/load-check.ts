import { RedisServer } from '../../test/support/redis-server.js';
import { isInstalled } from '../support/program.js';
import type { LoadGenerator, LoadTimes } from './load-generator.js';
import { runRedisBenchmark } from './redis-benchmark.js';
import { pinned, pinServer, type Cores } from './run-throughput.js';
import type { Workload } from './workload.js';

/** The generator beside redis-benchmark, both directly before the same server: who is slower is the limit sooner. */
export interface LoadCheck {
  readonly workload: Workload;
  readonly perSecond: number;
  readonly redisBenchmarkPerSecond: number;
}

const CELLS: readonly Workload[] = [1, 16, 100].flatMap((pipeline) =>
  (['set', 'get'] as const).map((command) => ({ command, pipeline, size: 64, connections: 50 })),
);

/** @returns nothing where redis-benchmark is not installed. */
export async function checkLoad(
  generator: LoadGenerator,
  times: LoadTimes,
  cores: Cores | null,
): Promise<readonly LoadCheck[]> {
  if (!isInstalled('redis-benchmark')) return [];
  const server = await RedisServer.start();
  try {
    pinServer(server, cores);
    const prefix = pinned(cores?.load);
    const checks: LoadCheck[] = [];
    for (const workload of CELLS) {
      await generator.fill(server.port, workload);
      const { requests, seconds } = await generator.run(server.port, workload, { ...times, prefix });
      const perSecond = requests / seconds;
      const asMany = Math.ceil((perSecond * times.measureMs) / 1e3);
      const other = await runRedisBenchmark(server.port, workload, asMany, prefix);
      checks.push({ workload, perSecond, redisBenchmarkPerSecond: other.requestsPerSecond });
    }
    return checks;
  } finally {
    await server.dispose();
  }
}
