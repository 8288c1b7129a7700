import t from 'tap';
import type { ServeProcess } from '../../support/serve-process.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { processOf, workersServe } from './support.js';

const OF_EACH = [
  'holdfast_event_loop_busy_seconds_total',
  'nodejs_eventloop_lag_max_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
];

/** The series of the page with their values. Throws when one comes twice, or apart from the others of its metric. */
async function pageOf(holdfast: ServeProcess): Promise<ReadonlyMap<string, number>> {
  const { body } = await holdfast.get('/metrics');
  const page = new Map<string, number>();
  const types = new Set<string>();
  let metric = '';
  for (const line of body.split('\n').filter((each) => each !== '' && !each.startsWith('# HELP'))) {
    if (line.startsWith('# TYPE ')) {
      metric = line.split(' ')[2] ?? '';
      if (types.has(metric)) throw new Error(`${metric} is described twice`);
      types.add(metric);
      continue;
    }
    const series = line.slice(0, line.lastIndexOf(' '));
    if (!series.startsWith(metric)) throw new Error(`${series} stands under ${metric}`);
    if (page.has(series)) throw new Error(`${series} comes twice`);
    page.set(series, Number(line.slice(series.length + 1)));
  }
  return page;
}

/** The workers that the page has process metrics of. */
function workersOn(page: ReadonlyMap<string, number>): readonly string[] {
  const found = [...page.keys()].map((series) => /worker="([^"]*)"/.exec(series)?.[1]);
  return [...new Set(found)].filter((worker) => worker !== undefined).sort();
}

const startOf = (page: ReadonlyMap<string, number>, worker: string): number | undefined =>
  page.get(`process_start_time_seconds{worker="${worker}"}`);

t.test(
  'each worker has its own processor time, memory and delays on the page, for as long as it is there',
  async (t) => {
    const { holdfast } = await startStage(t, { replicas: 1, flags: ['--workers=2'] });
    await workersServe(holdfast, 2);
    const before = await pageOf(holdfast);
    t.same(workersOn(before), ['1', '2']);
    for (const name of OF_EACH) {
      for (const labels of ['', '{worker="1"}', '{worker="2"}'])
        t.ok(before.has(`${name}${labels}`), `${name}${labels}`);
    }
    t.ok(before.has('holdfast_gc_pause_seconds_count{worker="1",kind="major"}'));
    const counted = [...before.keys()].filter((series) => series.startsWith('holdfast_clients'));
    t.notMatch(counted.join('\n'), 'worker=', 'what is counted for clients is that of all together');

    const frozen = processOf(holdfast, '2');
    process.kill(frozen, 'SIGSTOP');
    t.same(
      workersOn(await pageOf(holdfast)),
      ['1'],
      'who stands still has no figures, and keeps nobody from getting his',
    );
    process.kill(frozen, 'SIGCONT');
    await until('it is there again', async () => workersOn(await pageOf(holdfast)).length === 2);

    process.kill(frozen, 'SIGKILL');
    await until('another one has its number', () => processOf(holdfast, '2') !== frozen);
    const after = await pageOf(holdfast);
    t.same(workersOn(after), ['1', '2'], 'the one that is gone has left nothing');
    t.equal(startOf(after, '1'), startOf(before, '1'));
    t.not(startOf(after, '2'), startOf(before, '2'), 'the figures are those of the process that has the number now');
  },
);
