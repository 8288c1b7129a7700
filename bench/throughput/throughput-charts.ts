import { barChart, type BarPanel } from '../support/svg-charts.js';
import type { Workload } from './redis-benchmark.js';
import type { ThroughputFigures } from './report.js';

/** What stands between the load and the server, each in a colour of its own; Holdfast's is the one that stands out. */
const COLORS: Readonly<Record<string, string>> = {
  direct: '#8c959f',
  twemproxy: '#d4a017',
  'haproxy-tcp': '#2da44e',
  'naive-node': '#a371f7',
  holdfast: '#e5534b',
};

interface Metric {
  /** In the name of the file. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly pick: (figures: ThroughputFigures) => number | null;
}

const METRICS: readonly Metric[] = [
  { name: 'throughput', title: 'Throughput', unit: 'requests per second', pick: (row) => row.requestsPerSecond },
  { name: 'cpu', title: 'CPU of the proxy', unit: 'µs per request, user and system', pick: (row) => row.cpuUs },
  { name: 'p50', title: 'Latency, median', unit: 'ms', pick: (row) => row.p50Ms },
  { name: 'p99', title: 'Latency, 99 %', unit: 'ms', pick: (row) => row.p99Ms },
];

export interface ChartFile {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** A chart for each metric and size of values: a row for each count of connections, a column for each depth of the pipeline. */
export function throughputCharts(figures: readonly ThroughputFigures[]): readonly ChartFile[] {
  const workloads = figures.map(({ workload }) => workload);
  const sizes = distinct(workloads.map(({ size }) => size));
  const contenders = distinct(figures.map(({ contender }) => contender));
  return sizes.flatMap((size) =>
    METRICS.map(({ name, title, unit, pick }) => {
      const shown = contenders.filter((contender) =>
        figures.some((row) => row.contender === contender && pick(row) !== null),
      );
      const full = `${title}, values of ${sizeName(size)}`;
      const series = shown.map((contender) => ({ name: contender, color: COLORS[contender] ?? '#444' }));
      const columns = distinct(workloads.map(({ pipeline }) => pipeline)).length;
      const panels = panelsOf(
        figures.filter((row) => row.workload.size === size),
        shown,
        pick,
      );
      return {
        name: `${name}-${size}.svg`,
        title: full,
        svg: barChart({ title: full, unit, series, panels, columns }),
      };
    }),
  );
}

function panelsOf(
  figures: readonly ThroughputFigures[],
  contenders: readonly string[],
  pick: Metric['pick'],
): readonly BarPanel[] {
  const workloads = figures.map(({ workload }) => workload);
  const commands = distinct(workloads.map(({ command }) => command));
  return distinct(workloads.map(({ connections }) => connections)).flatMap((connections) =>
    distinct(workloads.map(({ pipeline }) => pipeline)).map((pipeline) => {
      const find = (contender: string, command: Workload['command']): ThroughputFigures | undefined =>
        figures.find(
          (row) =>
            row.contender === contender &&
            row.workload.command === command &&
            row.workload.connections === connections &&
            row.workload.pipeline === pipeline,
        );
      return {
        title: `${connections} connection${connections === 1 ? '' : 's'}, pipeline ${pipeline}`,
        categories: commands.map((command) => command.toUpperCase()),
        values: contenders.map((contender) =>
          commands.map((command) => {
            const row = find(contender, command);
            return row === undefined ? null : pick(row);
          }),
        ),
      };
    }),
  );
}

function sizeName(bytes: number): string {
  return bytes >= 1024 ? `${bytes / 1024} KB` : `${bytes} bytes`;
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
