import { barChart, type BarPanel } from '../support/svg-charts.js';
import { mediansFor, type Medians, type ThroughputFigures } from './figures.js';
import { commandName, connectionsName, sizeName, type Matrix } from './workload.js';

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
  readonly pick: (medians: Medians) => number | null;
}

const THROUGHPUT: Metric = {
  name: 'throughput',
  title: 'Throughput',
  unit: 'requests per second',
  pick: ({ perSecond }) => perSecond,
};
const CPU: Metric = {
  name: 'cpu',
  title: 'CPU of the proxy',
  unit: 'µs per request, user and system',
  pick: ({ cpuUs }) => cpuUs,
};
const METRICS: readonly Metric[] = [
  THROUGHPUT,
  CPU,
  { name: 'p50', title: 'Latency, median', unit: 'ms', pick: ({ p50Us }) => p50Us / 1e3 },
  { name: 'p99', title: 'Latency, 99 %', unit: 'ms', pick: ({ p99Us }) => p99Us / 1e3 },
];

/** The overview shows these. */
const OVERVIEW_CONNECTIONS = 50;
const OVERVIEW_PIPELINES = [1, 16];

export interface ChartFile {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** A chart for each metric and size: a row for each count of connections, a column for each depth of the pipeline. */
export function throughputCharts(figures: readonly ThroughputFigures[], matrix: Matrix): readonly ChartFile[] {
  return matrix.sizes.flatMap((size) =>
    METRICS.map((metric) => {
      const places = matrix.connections.flatMap((connections) =>
        matrix.pipelines.map((pipeline) => ({
          title: `${connectionsName(connections)}, pipeline ${pipeline}`,
          size,
          connections,
          pipeline,
        })),
      );
      const title = `${metric.title}, values of ${sizeName(size)}`;
      return chart(`${metric.name}-${size}`, title, metric, places, matrix.pipelines.length, figures, matrix);
    }),
  );
}

/** Throughput and CPU with 50 connections: a row for each depth of the pipeline, a column for each size. */
export function overviewCharts(figures: readonly ThroughputFigures[], matrix: Matrix): readonly ChartFile[] {
  const pipelines = matrix.pipelines.filter((pipeline) => OVERVIEW_PIPELINES.includes(pipeline));
  const places = pipelines.flatMap((pipeline) =>
    matrix.sizes.map((size) => ({
      title: `${sizeName(size)}, pipeline ${pipeline}`,
      size,
      connections: OVERVIEW_CONNECTIONS,
      pipeline,
    })),
  );
  return [THROUGHPUT, CPU].map((metric) => {
    const title = `${metric.title}, ${OVERVIEW_CONNECTIONS} connections`;
    return chart(`overview-${metric.name}`, title, metric, places, matrix.sizes.length, figures, matrix);
  });
}

interface Place {
  readonly title: string;
  readonly size: number;
  readonly connections: number;
  readonly pipeline: number;
}

function chart(
  name: string,
  title: string,
  { unit, pick }: Metric,
  places: readonly Place[],
  columns: number,
  figures: readonly ThroughputFigures[],
  { commands }: Matrix,
): ChartFile {
  const contenders = [...new Set(figures.map(({ contender }) => contender))].filter((contender) =>
    figures.some((row) => row.contender === contender && row.medians !== null && pick(row.medians) !== null),
  );
  const panels = places.map((place): BarPanel => ({
    title: place.title,
    categories: commands.map(commandName),
    values: contenders.map((contender) =>
      commands.map((command) => {
        const medians = mediansFor(figures, contender, { ...place, command });
        return medians === null ? null : pick(medians);
      }),
    ),
  }));
  const series = contenders.map((contender) => ({ name: contender, color: COLORS[contender] ?? '#57606a' }));
  return { name: `${name}.svg`, title, svg: barChart({ title, unit, series, panels, columns }) };
}
