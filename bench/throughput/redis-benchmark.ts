import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { keysOf, type Workload } from './workload.js';

/** What redis-benchmark said of one run; latencies in ms. */
export interface BenchmarkFigures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Runs redis-benchmark to its end; it knows no mixed load. Rejects when it fails or says nothing that can be read. */
export async function runRedisBenchmark(
  port: number,
  workload: Workload,
  requests: number,
  prefix: readonly string[],
): Promise<BenchmarkFigures> {
  const { connections, pipeline, size } = workload;
  const flags = {
    '-h': '127.0.0.1',
    '-p': port,
    '-c': connections,
    '-P': pipeline,
    '-d': size,
    '-n': requests,
    '-r': keysOf(workload),
    '-t': workload.command,
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
