import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { loopBusySeconds } from '../../../src/metrics/process-metrics.js';
import { collectorOfGarbage } from '../../support/collect-garbage.js';
import { until } from '../../support/until.js';

type GcEntry = PerformanceEntry & { readonly detail: NodeGCPerformanceDetail };

/** The value of one line of the page; NaN when it is not there. */
async function valueOf(metrics: MetricSet, series: string): Promise<number> {
  const { body } = await metrics.render();
  const line = body.split('\n').find((text) => text.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1));
}

function standStill(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

await t.test('every garbage collection counts, also when several end in one turn of the event loop', async (t) => {
  const metrics = new MetricSet();
  const major = 'holdfast_gc_pause_seconds_count{kind="major"}';
  t.equal(await valueOf(metrics, major), 0);
  for (const kind of ['minor', 'incremental', 'weakcb']) {
    t.equal(await valueOf(metrics, `holdfast_gc_pause_seconds_bucket{le="+Inf",kind="${kind}"}`), 0, kind);
  }
  let ended = 0;
  // Registered after the one under test, so told after it.
  const observer = new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries() as GcEntry[])
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) ended++;
  });
  observer.observe({ entryTypes: ['gc'] });
  t.teardown(() => observer.disconnect());
  const collect = collectorOfGarbage();
  for (let time = 0; time < 3; time++) collect();
  await until('the collections have ended', () => ended >= 3);
  t.equal(await valueOf(metrics, major), ended);
  t.ok((await valueOf(metrics, 'holdfast_gc_pause_seconds_sum{kind="major"}')) > 0);
});

await t.test('the metrics show how long the event loop stood still, and how long it had work', async (t) => {
  const metrics = new MetricSet();
  const before = loopBusySeconds();
  // A sample before and one after: each is 10 ms behind the last, or as late as the loop lets it be.
  await delay(50);
  standStill(80);
  await delay(50);
  t.ok((await valueOf(metrics, 'nodejs_eventloop_lag_max_seconds')) >= 0.08);
  t.ok(loopBusySeconds() - before >= 0.08);
});

await t.test('the time in which the event loop had work is shown as it is, at each look', async (t) => {
  const metrics = new MetricSet();
  for (let look = 0; look < 3; look++) {
    const before = performance.eventLoopUtilization().active / 1000;
    const shown = await valueOf(metrics, 'holdfast_event_loop_busy_seconds_total');
    const after = performance.eventLoopUtilization().active / 1000;
    t.ok(before <= shown && shown <= after, `${before} ≤ ${shown} ≤ ${after}`);
  }
});

await t.test('no metric looks at every open connection', async (t) => {
  const { body } = await new MetricSet().render();
  t.notMatch(body, /nodejs_active_|process_open_fds/);
  t.notMatch(body, 'nodejs_gc_duration_seconds', 'it misses collections');
});
