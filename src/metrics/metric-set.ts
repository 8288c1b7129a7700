import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricName, type MetricNameOf, type MetricSpec } from './metric-table.js';
import { loopBusySeconds, watchProcess } from './process-metrics.js';

const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** Metrics of the table, and those of this process, on a registry of its own: two instances in one process do not see each other. */
export class MetricSet {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  /**
   * @param names which of the table; those of {@link PROCESS_METRICS} are needed.
   * @param labels every series has them.
   */
  constructor(names: readonly MetricName[] = METRIC_NAMES, labels: Readonly<Record<string, string>> = {}) {
    this.#registry.setDefaultLabels(labels);
    for (const name of names) {
      const spec: MetricSpec = METRICS[name];
      const common = { name, help: spec.help, labelNames: [...spec.labels], registers: [this.#registry] };
      if (spec.type === 'counter') this.#counters.set(name, new Counter(common));
      else if (spec.type === 'gauge') this.#gauges.set(name, new Gauge(common));
      else this.#histograms.set(name, new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] }));
    }
    watchProcess(this.#registry, this.histogram('holdfast_gc_pause_seconds'));
  }

  counter(name: MetricNameOf<'counter'>): Counter {
    return registered(this.#counters, name);
  }

  gauge(name: MetricNameOf<'gauge'>): Gauge {
    return registered(this.#gauges, name);
  }

  histogram(name: MetricNameOf<'histogram'>): Histogram {
    return registered(this.#histograms, name);
  }

  /** The text exposition format, process metrics included. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    const busy = this.counter('holdfast_event_loop_busy_seconds_total');
    busy.reset();
    busy.inc(loopBusySeconds());
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

function registered<Metric>(metrics: ReadonlyMap<string, Metric>, name: string): Metric {
  const metric = metrics.get(name);
  // The name types rule this out; a defect in the constructor must not turn into a silent loss of figures.
  if (metric === undefined) throw new Error(`metric ${name} is not registered`);
  return metric;
}
