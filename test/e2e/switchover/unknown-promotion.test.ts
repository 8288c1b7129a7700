import t, { type Test } from 'tap';
import { until } from '../../support/until.js';
import { lastEntry, startStage, type Stage } from '../../support/stage.js';

const PROMOTION = /\$9\r\nreplicaof\r\n\$2\r\nno/i;
const REPLICA_OF = /\$9\r\nreplicaof\r\n\$\d+\r\n(no|127)\b/i;
const FLAGS = ['--command-timeout-ms=300', '--promote-timeout-ms=100', '--retry-max-ms=50'];

/** Begins a switchover whose promotion gets no answer, and waits until that is what is being resolved. */
async function startResolving(t: Test, verdict: 'mute' | 'swallow', flags: readonly string[] = []) {
  const stage = await startStage(t, { replicas: 1, relayToReplica: true, flags: [...FLAGS, ...flags] });
  const { relay, holdfast } = stage;
  const words = heldUntilTheEnd(stage, verdict);
  await holdfast.reaches('resolving');
  const writer = await holdfast.client();
  t.teardown(() => writer.close());
  const reply = writer.call('INCR', 'held');
  await until('a write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') > 0);
  t.match((await holdfast.fields('STATUS')).list('alarms'), ['unresolved']);
  t.equal((await holdfast.get('/readyz')).status, 200, 'a hold is no reason to send clients elsewhere');
  t.equal((await holdfast.get('/healthz')).status, 200);
  return { stage, relay, words, reply };
}

/** From the promotion on the candidate can not be asked anything, until the test says so. */
function heldUntilTheEnd({ relay, switchover }: Stage, verdict: 'mute' | 'swallow'): Promise<string> {
  let isLost = false;
  relay.judge((text) => {
    if (PROMOTION.test(text)) {
      isLost = true;
      return verdict;
    }
    return isLost ? 'swallow' : 'pass';
  });
  // On a busy machine the replica may take its time to catch up: the promotion must be sent.
  return switchover('SYNCTIMEOUT', '10000');
}

void t.test('it ran: the candidate is the master', async (t) => {
  const { stage, relay, words, reply } = await startResolving(t, 'mute');
  const { holdfast, shard, candidate, client } = stage;
  t.equal((await candidate.info('replication')).get('role'), 'master');
  t.equal(await client.call('GET', 'before'), '$1\r\n1\r\n', 'reads flow on');
  relay.flow();
  t.equal(await words, '', 'switched');
  t.equal(await reply, ':1\r\n');
  t.equal(await candidate.send('GET', 'held'), '1', 'the held write ran once, on the new master');
  t.equal((await shard.master.info('replication')).get('role'), 'slave');
  t.equal((await lastEntry(holdfast)).text('outcome'), 'switched');
});

void t.test('it did not run: the old master goes on', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToReplica: true, flags: FLAGS });
  const { relay, holdfast, shard, candidate, client } = stage;
  // The command is on its way for ever; a new connection proves that it never arrives.
  relay.judge((text) => (PROMOTION.test(text) ? 'swallow' : 'pass'));
  t.match(await stage.switchover(), /^ABORTED promotion-did-not-happen /);
  t.equal((await candidate.info('replication')).get('role'), 'slave');
  t.match(String(await candidate.send('INFO', 'commandstats')), /client\|kill:calls=1,/);
  t.equal((await shard.master.info('replication')).get('role'), 'master');
  t.equal(await client.call('INCR', 'after'), ':1\r\n');
  t.equal(await shard.master.send('INCR', 'beside'), 1, 'the pause is over');
  t.same([(await lastEntry(holdfast)).text('reason')], ['promotion-did-not-happen']);
});

for (const [verdict, happened] of [
  ['mute', 'it ran'],
  ['swallow', 'it did not run'],
] as const) {
  void t.test(`nobody can tell for too long; later it is known that ${happened}`, async (t) => {
    const flags = ['--resolve-timeout-ms=1500', '--outage-hold-ms=0'];
    const { stage, relay, words, reply } = await startResolving(t, verdict, flags);
    const { holdfast, shard, candidate } = stage;
    t.match(await words, /^UNRESOLVED roles-unknown /);
    t.match(await reply, /^-MASTERDOWN /, 'no node is trusted with it');
    t.equal((await holdfast.get('/readyz')).status, 503, 'and none is shown as the master');
    t.equal((await holdfast.fields('STATUS')).text('master'), '');
    t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="unresolved",reason="roles-unknown"}'), 1);
    t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED not-settled /);
    relay.flow();
    await holdfast.ready();
    await holdfast.reaches('serving');
    const [master, replica] = verdict === 'mute' ? [candidate, shard.master] : [shard.master, candidate];
    t.equal((await master.info('replication')).get('role'), 'master');
    t.equal((await replica.info('replication')).get('role'), 'slave');
    const later = await holdfast.client();
    t.teardown(() => later.close());
    t.equal(await later.call('INCR', 'held'), ':1\r\n', 'the refused write did not run');
    t.equal(await master.send('GET', 'held'), '1');
    t.same((await holdfast.fields('STATUS')).list('alarms'), []);
    t.equal((await lastEntry(holdfast)).text('outcome'), verdict === 'mute' ? 'switched' : 'aborted');
  });
}

void t.test('the end during a promotion: it is resolved first', async (t) => {
  const { stage, relay, words } = await startResolving(t, 'mute');
  const { holdfast, candidate, shard } = stage;
  holdfast.signal('SIGTERM');
  await until('it is stopping', () => holdfast.log().includes('stopping'));
  t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED shutting-down /);
  relay.flow();
  await words;
  t.equal(await holdfast.ended(), 0);
  t.equal((await candidate.info('replication')).get('role'), 'master');
  t.equal((await shard.master.info('replication')).get('role'), 'slave', 'nobody is left with two masters');
  t.equal(holdfast.state().intent, null);
});

void t.test('an old master that can not be demoted yet', async (t) => {
  const flags = ['--command-timeout-ms=300', '--settle-timeout-ms=500', '--retry-max-ms=50'];
  const stage = await startStage(t, { replicas: 1, relayToMaster: true, flags });
  const { relay, holdfast, client, candidate, shard } = stage;
  relay.judge((text) => (REPLICA_OF.test(text) ? 'swallow' : 'pass'));
  const answer = await holdfast.fields('SWITCHOVER');
  t.same([answer.text('outcome'), answer.text('settled')], ['switched', 'no']);
  t.match(await client.call('INCR', 'after'), /^:/, 'the clients do not wait for it');
  const status = await holdfast.fields('STATUS');
  t.match(status.list('alarms'), ['demotion-pending']);
  t.match(Object.keys(status.map('unsettled')), [stage.from]);
  t.equal(status.text('master'), candidate.id);
  t.equal((await holdfast.get('/readyz')).status, 200);
  t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED not-settled /);
  t.equal(await holdfast.metric('holdfast_alarm{alarm="demotion-pending"}'), 1);

  // Whatever is still to be settled, the new master is watched.
  await candidate.freeze();
  await until('it is missed', async () => (await holdfast.get('/readyz')).status === 503);
  candidate.resume();
  await holdfast.ready();
  t.equal((await holdfast.fields('STATUS')).text('master'), candidate.id);
  t.match(await client.call('INCR', 'after'), /^:/);
  relay.flow();
  await holdfast.reaches('serving');
  t.equal((await shard.master.info('replication')).get('role'), 'slave');
  await until(
    'the nodes are seen as they are',
    async () => (await holdfast.fields('STATUS')).list('alarms').length === 0,
  );
  t.equal((await lastEntry(holdfast)).text('settled'), 'yes');
});

void t.test('another switchover while one is running', async (t) => {
  const { stage, relay, words } = await startResolving(t, 'mute');
  const { holdfast } = stage;
  t.match(await holdfast.refusal('SWITCHOVER'), /^INPROGRESS /);
  t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="refused",reason="in-progress"}'), 1);
  t.match(await holdfast.refusal('FAILOVER', 'ABORT'), /past the point of no return/);
  relay.flow();
  t.equal(await words, '');
});
