import { constants, type NodeGCPerformanceDetail, performance, PerformanceObserver } from 'node:perf_hooks';
import { collectDefaultMetrics, type Histogram, type Registry } from 'prom-client';

/**
 * How often the delay of the event loop is sampled, ms. The time between two samples is what is shown: an idle loop has
 * 10 ms. A sample each millisecond would take 2 % of a core from an idle process; this takes a tenth of that.
 */
const SAMPLING_MS = 10;

const MS_PER_SECOND = 1e3;

/**
 * What prom-client shows of a process and is not shown here. Those of the first group look at every open connection, at
 * each scrape: that stops the event loop for 30 ms when there are 10,000. `holdfast_clients` and `holdfast_upstreams` tell
 * as much. The last one misses collections: of those that end in one turn of the event loop, it counts the first.
 */
const NOT_SHOWN = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'process_open_fds',
  'nodejs_gc_duration_seconds',
] as const;

/** Kinds of garbage collection, by their numbers in Node. */
const GC_KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/**
 * Watches event loop, garbage collector and memory of this process from now on.
 *
 * Nothing here is on the way of a command, or makes a stall longer: libuv samples the delay without any JavaScript, a
 * collection is noted in a turn of the event loop behind the one that it stopped (about 1 µs), the rest is read at scrape.
 *
 * @param gcPause is told of every collection, with the label `kind`.
 */
export function watchProcess(registry: Registry, gcPause: Histogram): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: SAMPLING_MS });
  for (const name of NOT_SHOWN) registry.removeSingleMetric(name);
  for (const kind of GC_KINDS.values()) gcPause.zero({ kind });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Entries of this type have it; the types know only the class above.
      const { detail } = entry as typeof entry & { readonly detail: NodeGCPerformanceDetail };
      const kind = GC_KINDS.get(detail.kind);
      if (kind !== undefined) gcPause.observe({ kind }, entry.duration / MS_PER_SECOND);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** How long the event loop of this process has had work since its start, s. Its rate is the used part of the one core that it can use. */
export function loopBusySeconds(): number {
  return performance.eventLoopUtilization().active / MS_PER_SECOND;
}
