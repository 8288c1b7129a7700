import t from 'tap';
import { lastEntry, startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { follows, QUICK, roleOf, servedInstead, startFailoverStage } from './support/stage.js';
import { WaitLoad } from './support/wait-load.js';

void t.test('the master is killed: a replica takes over, and nothing that a replica had is lost', async (t) => {
  const stage = await startFailoverStage(t);
  const { holdfast, shard, from } = stage;
  const load = WaitLoad.start(t, holdfast);
  await load.goesOn(20);
  await shard.master.kill();
  const master = await servedInstead(stage, from);
  await load.goesOn();
  await load.stop();
  t.ok(Number(await master.send('GET', 'counted')) >= load.safe);
  t.ok(
    [...load.errors].every((error) => error === '-OUTCOMEUNKNOWN'),
    [...load.errors].join(' '),
  );
  const [other] = shard.replicas.filter(({ id }) => id !== master.id);
  if (other !== undefined) await follows(other, master);
  const entry = await lastEntry(holdfast);
  t.same(
    [entry.text('kind'), entry.text('outcome'), entry.text('old_master'), entry.text('new_master')],
    ['failover', 'switched', from, master.id],
  );
  t.match(entry.list('notes')[0], /was silent for \d+ ms; it was last seen at offset \d+/);
  t.equal(await holdfast.metric('holdfast_failovers_total{outcome="switched",reason="none"}'), 1);
  t.equal((await holdfast.metric('holdfast_last_failover_gap')) >= 0, true);
  const status = await holdfast.fields('STATUS');
  t.same([status.text('state'), status.list('alarms')], ['settling', ['demotion-pending']], 'the dead one is missing');

  await shard.master.restart();
  await follows(shard.master, master);
  await holdfast.reaches('serving');
  t.same((await holdfast.fields('STATUS')).list('alarms'), []);
  t.equal((await lastEntry(holdfast)).text('settled'), 'yes');
  t.equal(holdfast.state().intent, null);
});

void t.test('the master hangs: it is fenced when it wakes, and never served again', async (t) => {
  const stage = await startFailoverStage(t);
  const { holdfast, shard, from, client } = stage;
  await shard.master.freeze();
  t.teardown(() => shard.master.resume());
  const master = await servedInstead(stage, from);
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');
  shard.master.resume();
  await follows(shard.master, master);
  t.equal((await holdfast.fields('STATUS')).text('master'), master.id);
  t.equal(await client.call('GET', 'after'), '$1\r\n1\r\n');
  t.equal(await shard.master.send('GET', 'after'), '1', 'it has what the new one wrote');
  await holdfast.reaches('serving');
});

void t.test('a black hole lies before the master: the same', async (t) => {
  const stage = await startFailoverStage(t, { relayToMaster: true });
  const { relay, shard, from, holdfast } = stage;
  relay.judge(() => 'swallow');
  relay.mute(/./s);
  const master = await servedInstead(stage, from);
  t.not(master.id, shard.master.id);
  t.equal(await roleOf(master), 'master');
  relay.flow();
  await follows(shard.master, master);
  await holdfast.reaches('serving');
});

void t.test('off, as it is by default: clients wait, and then are told', async (t) => {
  const { shard, client, holdfast } = await startStage(t, { flags: [...QUICK.slice(0, -1), '--outage-hold-ms=900'] });
  await shard.master.kill();
  await until('it is missed', async () => (await holdfast.fields('STATUS')).text('master') === '');
  t.match(await client.call('SET', 'after', '1'), /^-MASTERDOWN /);
  for (const replica of shard.replicas) t.equal(await roleOf(replica), 'slave');
  t.equal((await holdfast.fields('STATUS')).text('failover'), 'off');
});
