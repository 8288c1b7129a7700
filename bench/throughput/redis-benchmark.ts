import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** One cell of the matrix: what the load does. */
export interface Workload {
  readonly command: 'set' | 'get';
  /** Requests that a connection sends at a time (`-P`). */
  readonly pipeline: number;
  /** Bytes of a value (`-d`). */
  readonly size: number;
  readonly connections: number;
}

/** What redis-benchmark said of one run; latencies in ms. */
export interface BenchmarkFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Keys that the load uses: enough to be no single hot one, few enough to exist after a moment. */
const KEYS = 10_000;

/** Runs redis-benchmark to its end. Rejects when it fails or says nothing that can be read. */
export async function runRedisBenchmark(
  port: number,
  workload: Workload,
  requests: number,
  { prefix, threads }: { readonly prefix: readonly string[]; readonly threads: number },
): Promise<BenchmarkFigures> {
  const { connections, pipeline, size } = workload;
  const flags = {
    '-h': '127.0.0.1',
    '-p': port,
    '-c': connections,
    '-P': pipeline,
    '-d': size,
    '-n': requests,
    '-r': KEYS,
    '-t': workload.command,
    ...(threads > 1 ? { '--threads': threads } : {}),
  };
  const line: readonly string[] = [...prefix, 'redis-benchmark', '--csv', ...Object.entries(flags).flat().map(String)];
  const [command = '', ...args] = line;
  const { stdout } = await promisify(execFile)(command, args);
  return parseBenchmarkCsv(stdout);
}

/** Reads the output of `redis-benchmark --csv`: a line of names, a line of figures, all in quotes. */
export function parseBenchmarkCsv(text: string): BenchmarkFigures {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith('"'))
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '').trim()));
  const figure = (name: string): number => {
    const value = Number(values?.[names?.indexOf(name) ?? -1] ?? Number.NaN);
    if (Number.isNaN(value)) throw new Error(`redis-benchmark did not say ${name}: ${text}`);
    return value;
  };
  return {
    requestsPerSecond: figure('rps'),
    p50Ms: figure('p50_latency_ms'),
    p99Ms: figure('p99_latency_ms'),
    maxMs: figure('max_latency_ms'),
  };
}
