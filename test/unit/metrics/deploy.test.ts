import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { ALARMS } from '../../../src/admin/alarms.js';
import { METRICS, type MetricSpec } from '../../../src/metrics/metric-table.js';

const DASHBOARD = 'deploy/grafana/holdfast.json';
const RULES = 'deploy/prometheus/holdfast-alerts.yaml';

/** Labels that Prometheus itself adds, and the bound of a histogram's bucket. */
const FOREIGN_LABELS: ReadonlySet<string> = new Set(['job', 'instance', 'le']);

/** Every value of a key, however deep. */
function collect(value: unknown, key: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => collect(item, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === 'string' ? [inner] : collect(inner, key),
  );
}

/** The metric that a series belongs to: a histogram has three names. */
function specOf(series: string): MetricSpec | undefined {
  const metrics: Readonly<Record<string, MetricSpec>> = METRICS;
  const histogram = metrics[series.replace(/_(?:bucket|sum|count)$/, '')];
  return metrics[series] ?? (histogram?.type === 'histogram' ? histogram : undefined);
}

/** Everything in the expressions that the table does not know. */
function unknownIn(expressions: readonly string[]): string[] {
  return expressions.flatMap((expression) =>
    [...expression.matchAll(/(holdfast_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, series = '', selector = '']) => {
      const spec = specOf(series);
      if (spec === undefined) return [series];
      const labels = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] ?? '');
      return labels.filter((label) => !FOREIGN_LABELS.has(label) && !spec.labels.includes(label));
    }),
  );
}

function dashboardExpressions(): string[] {
  const dashboard: unknown = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
  return [...collect(dashboard, 'expr'), ...collect(dashboard, 'query')];
}

function ruleExpressions(): string[] {
  return collect(parse(readFileSync(RULES, 'utf8')), 'expr');
}

await t.test('the dashboard and the alert rules speak of metrics and labels that exist', async (t) => {
  t.ok(dashboardExpressions().length > 20);
  t.ok(ruleExpressions().length > 8);
  t.same(unknownIn(dashboardExpressions()), []);
  t.same(unknownIn(ruleExpressions()), []);
  t.same(unknownIn(['holdfast_nosuch', 'holdfast_alarm{nosuch="x",job="y"}', 'holdfast_clients_bucket']), [
    'holdfast_nosuch',
    'nosuch',
    'holdfast_clients_bucket',
  ]);
});

await t.test('the dashboard shows every metric of the table', async (t) => {
  const all = dashboardExpressions().join('\n');
  for (const name of Object.keys(METRICS)) t.match(all, name);
});

await t.test('the rules call for a human where one is needed', async (t) => {
  const names = collect(parse(readFileSync(RULES, 'utf8')), 'alert');
  for (const name of [
    'HoldfastNoMaster',
    'HoldfastFailedOver',
    'HoldfastNoFailover',
    'HoldfastTwoMasters',
    'HoldfastDemotionPending',
    'HoldfastNodeNotSettled',
    'HoldfastGateClosedTooLong',
    'HoldfastStateNotWritable',
    'HoldfastClientErrors',
    'HoldfastReplicaLag',
  ]) {
    t.ok(names.includes(name), name);
  }
});

await t.test('every alarm has a rule, and a line that says what to do', async (t) => {
  const rules = ruleExpressions().join('\n');
  const operations = readFileSync('docs/operations.md', 'utf8');
  for (const alarm of ALARMS) {
    t.match(rules, `holdfast_alarm{alarm="${alarm}"} == 1`);
    t.match(operations, `\n| \`${alarm}\` | `);
  }
});
