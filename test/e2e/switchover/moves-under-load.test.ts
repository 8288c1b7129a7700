import t from 'tap';
import { until } from '../../support/until.js';
import { hostAndPort, lastEntry, startStage } from '../../support/stage.js';
import { isFlawless, PATIENT, startLoad, written } from './support/load.js';

void t.test('round the nodes under load', async (t) => {
  const stage = await startStage(t, PATIENT);
  const { shard, holdfast } = stage;
  const load = await startLoad(t, stage);
  const [a, b, c] = shard.ids;
  const route = [b, c, a, b, a].flatMap((id) => (id === undefined ? [] : [id]));
  let master = shard.master.id;
  let stalls = 0;
  for (const [index, to] of route.entries()) {
    await written(load, 40);
    const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(to));
    t.equal(answer.text('outcome'), 'switched');
    t.equal(answer.text('old_master'), master);
    t.equal(answer.text('new_master'), to);
    t.equal(answer.number('epoch'), index + 1);
    t.equal(answer.number('offset_gap'), 0);
    t.equal(answer.text('settled'), 'yes');
    const others = shard.ids.filter((id) => id !== to);
    t.same(answer.map('resync'), Object.fromEntries(others.map((id) => [id, 'partial'])));
    t.equal((await lastEntry(holdfast)).text('id'), answer.text('id'));
    t.ok(answer.number('stall_us') > 0);
    stalls += answer.number('stall_us') / 1e6;
    for (const server of shard.servers) {
      t.equal((await server.info('replication')).get('role'), server.id === to ? 'master' : 'slave');
    }
    master = to;
  }
  const entries = await holdfast.admin('HISTORY');
  t.equal(Array.isArray(entries) && entries.length, route.length);
  isFlawless(t, await load.finish(master));
  await shard.inSync(shard.server(master));

  t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="switched",reason="none"}'), route.length);
  t.equal(await holdfast.metric('holdfast_write_stall_seconds_count'), route.length, 'one stall a switchover');
  t.ok(Math.abs((await holdfast.metric('holdfast_write_stall_seconds_sum')) - stalls) < 1e-6);
  t.equal(await holdfast.metric('holdfast_epoch'), route.length);
  t.equal(await holdfast.metric('holdfast_held_commands_total{result="failed"}'), 0);
  const released = await holdfast.metric('holdfast_held_commands_total{result="released"}');
  t.equal(await holdfast.metric('holdfast_held_command_seconds_count'), released, 'held = released + failed');
  t.equal(await holdfast.metric('holdfast_held_clients'), 0);
  await until('the state is on disk', () => {
    const { epoch, intent, master: kept } = holdfast.state();
    return epoch === route.length && intent === null && kept === master;
  });
});

void t.test('FAILOVER, as what drives Redis uses it', async (t) => {
  const stage = await startStage(t, PATIENT);
  const { holdfast, candidate } = stage;
  const load = await startLoad(t, stage);
  const state = async (): Promise<string> =>
    /master_failover_state:(\S+)/.exec(String(await holdfast.admin('INFO', 'replication')))?.[1] ?? '';

  t.equal(await state(), 'no-failover');
  await written(load, 20);
  t.equal(await holdfast.admin('FAILOVER', 'TO', ...hostAndPort(candidate.id)), 'OK');
  await until('the failover has ended', async () => (await state()) === 'no-failover');
  t.equal((await candidate.info('replication')).get('role'), 'master');
  t.equal((await lastEntry(holdfast)).text('outcome'), 'switched');

  // Nobody named: the best of the replicas.
  await written(load, 20);
  t.equal(await holdfast.admin('FAILOVER'), 'OK');
  await until('the epoch is 2', async () => (await holdfast.fields('STATUS')).number('epoch') === 2);
  await until('the failover has ended', async () => (await state()) === 'no-failover');
  const master = (await holdfast.fields('STATUS')).text('master');
  t.not(master, candidate.id);
  t.match(await holdfast.refusal('FAILOVER', 'ABORT'), /No failover in progress/);
  isFlawless(t, await load.finish(master));
});

void t.test('writes held by hand, before, during and after a switchover', async (t) => {
  const stage = await startStage(t, PATIENT);
  const { holdfast, candidate, client } = stage;
  const load = await startLoad(t, stage);
  const gate = async (): Promise<readonly unknown[]> => (await holdfast.fields('STATUS')).list('gate_holders');
  await written(load, 20);

  t.equal(await holdfast.admin('HOLD', '50000'), 'OK');
  t.same(await gate(), ['hand']);
  await until('the writers are held', async () => (await holdfast.fields('STATUS')).number('held_clients') > 0);
  t.equal(await client.call('GET', 'before'), '$1\r\n1\r\n', 'reads flow on');
  t.equal((await holdfast.get('/readyz')).status, 200);
  t.equal((await holdfast.get('/healthz')).status, 200);
  t.equal(await stage.switchover(), '', 'a hold does not keep the master from moving');
  t.same(await gate(), ['hand'], 'and the switchover does not end it');
  t.equal(await client.call('GET', 'before'), '$1\r\n1\r\n');
  t.equal(await holdfast.admin('RELEASE'), 'OK');
  t.same(await gate(), []);
  await written(load, 20);

  t.equal(await holdfast.admin('HOLD', '1'), 'OK');
  await until('the hold ends by itself', async () => (await gate()).length === 0);
  t.match(await holdfast.refusal('RELEASE'), /No hold in progress/);
  await written(load, 20);
  isFlawless(t, await load.finish(candidate.id));
});

void t.test('HOLD, RELEASE, SWITCHOVER and the end, all at once', async (t) => {
  const stage = await startStage(t, PATIENT);
  const { holdfast } = stage;
  const load = await startLoad(t, stage);
  await written(load, 20);
  const orders = Array.from({ length: 8 }, async (_, index) => {
    const switched = await holdfast.refusal('SWITCHOVER', 'SYNCTIMEOUT', '1000');
    t.match(switched, /^(|INPROGRESS .*|REFUSED (in-progress|not-settled) .*|ABORTED .*)$/);
    await holdfast.refusal(index % 2 === 0 ? 'HOLD' : 'RELEASE');
  });
  await holdfast.admin('HOLD', '60000');
  await Promise.all([...orders, ...Array.from({ length: 8 }, () => holdfast.refusal('RELEASE'))]);
  await holdfast.refusal('RELEASE');
  await written(load, 20);
  t.same((await holdfast.fields('STATUS')).list('gate_holders'), []);

  const last = [holdfast.refusal('HOLD', '60000'), holdfast.refusal('SWITCHOVER'), holdfast.refusal('RELEASE')];
  holdfast.signal('SIGTERM');
  await Promise.all(last);
  t.equal(await holdfast.ended(), 0);
});
