import t from 'tap';
import { MetricsCollector } from '../../../src/admin/metrics-collector.js';
import { CLIENT_ERRORS } from '../../../src/errors/error-table.js';
import { METRICS } from '../../../src/metrics/metric-table.js';
import { ABORT_REASONS, REFUSAL_REASONS, UNRESOLVED_REASONS } from '../../../src/switchover/reasons.js';
import { DOWN, fakeNode, fakePorts, fakeReport, fakeStatus, MASTER, REPLICA } from './fake-ports.js';

/** The value of one line of the page; undefined when it is not there. */
type Value = (series: string) => number | undefined;

async function scrape(collector: MetricsCollector): Promise<Value> {
  const { body } = await collector.render();
  const lines = new Map(
    body.split('\n').map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
  return (series) => lines.get(series);
}

await t.test('every closed label is there from the first scrape', async (t) => {
  const value = await scrape(new MetricsCollector({ version: '1' }));
  const ends = { refused: REFUSAL_REASONS, aborted: ABORT_REASONS, unresolved: UNRESOLVED_REASONS };
  for (const [outcome, reasons] of Object.entries(ends)) {
    for (const reason of Object.keys(reasons)) {
      t.equal(value(`holdfast_switchovers_total{outcome="${outcome}",reason="${reason}"}`), 0, `${outcome} ${reason}`);
    }
  }
  for (const code of Object.keys(CLIENT_ERRORS))
    t.equal(value(`holdfast_client_errors_total{code="${code}"}`), 0, code);
  for (const series of [
    'holdfast_switchovers_total{outcome="switched",reason="none"}',
    'holdfast_switchovers_total{outcome="would-switch",reason="none"}',
    'holdfast_write_stall_seconds_count',
    'holdfast_switchover_phase_seconds_count{phase="promote"}',
    'holdfast_held_commands_total{result="failed"}',
    'holdfast_commands_total{class="write"}',
    'holdfast_upstreams{kind="private"}',
    'holdfast_gate_closed{holder="switchover"}',
    'holdfast_alarm{alarm="demotion-pending"}',
    'holdfast_clients',
    'holdfast_epoch',
  ]) {
    t.equal(value(series), 0, series);
  }
});

await t.test('the page has every metric of the table, with its type, and the metrics of the process', async (t) => {
  const { body } = await new MetricsCollector({ version: '1' }).render();
  for (const [name, { type }] of Object.entries(METRICS)) t.match(body, `# TYPE ${name} ${type}\n`);
  t.match(body, '# TYPE process_cpu_seconds_total counter\n');
  const named = [...body.matchAll(/^# TYPE (holdfast_\S+)/gm)].map((match) => match[1]);
  t.same(new Set(named), new Set(Object.keys(METRICS)), 'and nothing of our own beside the table');
});

await t.test('totals and states are read from their owners at each scrape', async (t) => {
  const { ports, shard } = fakePorts();
  const collector = new MetricsCollector({ version: '1.2.3', commit: 'abc' });
  collector.watch(ports);
  shard.gateHolders = ['hand'];
  shard.status = fakeStatus({ unsettled: [{ node: DOWN, why: 'down' }], alarms: ['demotion-pending'] });
  await collector.render();
  const value = await scrape(collector);
  const expected = {
    'holdfast_commands_total{class="read"}': 11,
    'holdfast_commands_total{class="write"}': 22,
    'holdfast_commands_total{class="local"}': 3,
    'holdfast_commands_total{class="refused"}': 1,
    'holdfast_held_commands_total{result="released"}': 7,
    'holdfast_held_commands_total{result="failed"}': 2,
    holdfast_held_clients: 3,
    holdfast_held_bytes: 4096,
    'holdfast_gate_closed{holder="hand"}': 1,
    'holdfast_gate_closed{holder="switchover"}': 0,
    'holdfast_client_errors_total{code="no-master"}': 6,
    holdfast_clients: 5,
    holdfast_clients_accepted_total: 50,
    'holdfast_upstreams{kind="lane"}': 2,
    'holdfast_upstreams{kind="private"}': 1,
    [`holdfast_node_up{node="${MASTER}"}`]: 1,
    [`holdfast_node_up{node="${DOWN}"}`]: 0,
    [`holdfast_node_is_master{node="${MASTER}"}`]: 1,
    [`holdfast_node_is_master{node="${REPLICA}"}`]: 0,
    [`holdfast_node_offset{node="${REPLICA}"}`]: 4986,
    [`holdfast_replica_lag{node="${REPLICA}"}`]: 14,
    holdfast_unsettled_nodes: 1,
    holdfast_epoch: 7,
    'holdfast_alarm{alarm="demotion-pending"}': 1,
    [`holdfast_build_info{version="1.2.3",node_version="${process.versions.node}",commit="abc"}`]: 1,
  };
  for (const [series, number] of Object.entries(expected)) t.equal(value(series), number, series);
});

await t.test('a node that left and an alarm that is over do not go on', async (t) => {
  const { ports, shard } = fakePorts();
  const collector = new MetricsCollector({ version: '1' });
  collector.watch(ports);
  shard.status = fakeStatus({ alarms: ['unresolved', 'something-new'] });
  const before = await scrape(collector);
  t.equal(before('holdfast_alarm{alarm="something-new"}'), 1);
  shard.status = fakeStatus();
  shard.nodes = [fakeNode(REPLICA, { role: 'master' })];
  const after = await scrape(collector);
  t.equal(after('holdfast_alarm{alarm="unresolved"}'), 0);
  t.equal(after(`holdfast_node_up{node="${DOWN}"}`), undefined);
  t.equal(after(`holdfast_node_is_master{node="${REPLICA}"}`), 1);
});

await t.test('one observation of the stall per switchover that closed the gate', async (t) => {
  const collector = new MetricsCollector({ version: '1' });
  collector.finished(fakeReport({ stallUs: 1500 }));
  collector.finished(fakeReport({ stallUs: 700, outcome: 'aborted', reason: 'drain-timeout' }));
  collector.finished(fakeReport({ stallUs: 0, outcome: 'refused', reason: 'lagging' }));
  collector.finished(fakeReport({ stallUs: 0, outcome: 'would-switch' }));
  const value = await scrape(collector);
  t.equal(value('holdfast_write_stall_seconds_count'), 2);
  t.equal(value('holdfast_write_stall_seconds_sum'), 0.0022);
  t.equal(value('holdfast_write_stall_seconds_bucket{le="0.00075"}'), 1, 'less than a millisecond can be told apart');
  t.equal(value('holdfast_last_write_stall_seconds'), 0.0007);
  t.equal(value('holdfast_switchovers_total{outcome="switched",reason="none"}'), 1);
  t.equal(value('holdfast_switchovers_total{outcome="aborted",reason="drain-timeout"}'), 1);
  t.equal(value('holdfast_switchovers_total{outcome="refused",reason="lagging"}'), 1);
});

await t.test('phases and held commands are observed in seconds', async (t) => {
  const { ports, shard } = fakePorts();
  const collector = new MetricsCollector({ version: '1' });
  collector.watch(ports);
  collector.phase('promote', 0.4);
  shard.heldObserver?.(2, 'released');
  shard.heldObserver?.(4, 'failed');
  const value = await scrape(collector);
  t.equal(value('holdfast_switchover_phase_seconds_sum{phase="promote"}'), 0.0004);
  t.equal(value('holdfast_switchover_phase_seconds_count{phase="promote"}'), 1);
  t.equal(value('holdfast_held_command_seconds_sum'), 0.006);
  t.equal(value('holdfast_held_command_seconds_bucket{le="0.002"}'), 1);
});

await t.test('two collectors in one process do not see each other', async (t) => {
  const [first, second] = [new MetricsCollector({ version: '1' }), new MetricsCollector({ version: '1' })];
  first.finished(fakeReport());
  t.equal((await scrape(second))('holdfast_write_stall_seconds_count'), 0);
});
