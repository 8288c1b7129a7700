import t from 'tap';
import { mergePages } from '../../../src/metrics/merge-pages.js';
import { PROCESS_METRICS } from '../../../src/metrics/metric-table.js';
import { MetricSet } from '../../../src/metrics/metric-set.js';

t.test('all series of a metric stand together, behind what is said of it once', async (t) => {
  const one = '# HELP a What a is\n# TYPE a gauge\na 1\n\n# HELP b What b is\n# TYPE b counter\nb{kind="x"} 2\n';
  const two = '# HELP b What b is\n# TYPE b counter\nb{kind="x",worker="1"} 3\n\n# HELP c What c is\n# TYPE c gauge\n';
  t.equal(
    mergePages([one, two]),
    '# HELP a What a is\n# TYPE a gauge\na 1\n\n' +
      '# HELP b What b is\n# TYPE b counter\nb{kind="x"} 2\nb{kind="x",worker="1"} 3\n\n' +
      '# HELP c What c is\n# TYPE c gauge\n',
  );
});

t.test('one page stays as it is', async (t) => {
  const { body } = await new MetricSet().render();
  t.equal(mergePages([body]), body);
});

t.test('the page of a worker has its number in every series, and nothing that it does not know', async (t) => {
  const { body } = await new MetricSet(PROCESS_METRICS, { worker: '7' }).render();
  const series = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  t.same(
    series.filter((line) => !line.includes('worker="7"')),
    [],
  );
  const named = [...body.matchAll(/^# TYPE (holdfast_\S+)/gm)].map((match) => match[1]);
  t.same(named, PROCESS_METRICS);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_max_seconds'])
    t.match(body, `# TYPE ${name} `);
});
