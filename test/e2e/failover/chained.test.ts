import t from 'tap';
import { startStage, hostAndPort, lastEntry } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { follows, QUICK, roleOf, servedInstead, startFailoverStage } from './support/stage.js';

const PROMOTION = /\$9\r\nreplicaof\r\n\$2\r\nno/i;

void t.test('the candidate dies over its promotion: the next one takes over', async (t) => {
  const stage = await startFailoverStage(t, { relayToReplica: true });
  const { shard, relay, from, to, candidate, holdfast } = stage;
  // The one behind the relay has more: the others are held back for it.
  const [, other] = shard.replicas;
  if (other === undefined) throw new Error('two replicas are wanted');
  await other.send('CONFIG', 'SET', 'replica-priority', '200');
  await shard.inSync();
  let isPromoted = false;
  relay.judge((text) => {
    if (!PROMOTION.test(text)) return isPromoted ? 'swallow' : 'pass';
    isPromoted = true;
    return 'mute';
  });
  await shard.master.kill();
  await until('it is promoted', () => isPromoted);
  const master = await servedInstead(stage, from);
  t.equal(master.id, other.id, 'nobody waits for the first one');
  t.equal(await roleOf(candidate), 'master', 'which was promoted, and is not served');
  t.match(holdfast.state().intent, { from, to: other.id, former: [to] });
  relay.flow();
  await follows(candidate, other);
  await shard.master.restart();
  await follows(shard.master, other);
  await holdfast.reaches('serving');
  t.equal((await holdfast.fields('STATUS')).text('master'), other.id);
});

void t.test('the new master dies as well, before the old one is back', async (t) => {
  const stage = await startFailoverStage(t);
  const { shard, from, holdfast, client } = stage;
  await shard.master.kill();
  const second = await servedInstead(stage, from);
  t.equal(await client.call('SET', 'second', '1'), '+OK\r\n');
  t.equal(await client.call('WAIT', '1', '5000'), ':1\r\n');
  await until('the failover is answered', async () => (await lastEntry(holdfast)).text('outcome') === 'switched');
  await second.kill();
  const third = await servedInstead(stage, second.id);
  t.equal(await third.send('GET', 'second'), '1');
  await shard.master.restart();
  await second.restart();
  await follows(shard.master, third);
  await follows(second, third);
  await holdfast.reaches('serving');
  t.equal((await holdfast.fields('STATUS')).number('epoch'), 2);
});

void t.test('by hand', async (t) => {
  const stage = await startStage(t, { flags: QUICK });
  const { shard, holdfast, client, from } = stage;
  t.match(await holdfast.refusal('SWITCHOVER', 'UNPLANNED'), /^REFUSED master-answers /);
  await shard.master.kill();
  await until('it is missed', async () => (await holdfast.fields('STATUS')).text('master') === '');
  t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED no-master .*SWITCHOVER UNPLANNED/);
  const [first, second] = shard.replicas;
  if (first === undefined || second === undefined) throw new Error('two replicas are wanted');
  const would = await holdfast.fields('SWITCHOVER', 'UNPLANNED', 'DRYRUN');
  t.equal(would.text('outcome'), 'would-switch');
  t.equal(await roleOf(first), 'slave');
  const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(second.id), 'UNPLANNED');
  t.same(
    [answer.text('outcome'), answer.text('kind'), answer.text('old_master'), answer.text('new_master')],
    ['switched', 'failover', from, second.id],
  );
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');
  t.equal(await client.call('GET', 'before'), '$1\r\n1\r\n');

  t.equal(
    await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(first.id)),
    '',
    'a planned one does not wait for it',
  );
  await shard.master.restart();
  await follows(shard.master, first);
  await holdfast.reaches('serving');
});

void t.test('all nodes are replicas: one of them becomes the master, with what it has', async (t) => {
  const stage = await startFailoverStage(t, { replicas: 1 });
  const { shard, holdfast, candidate, client } = stage;
  t.equal(await client.call('WAIT', '1', '5000'), ':1\r\n');
  // Whoever was restarted as what its file says, or was told so by somebody, follows the other one.
  await shard.master.send('REPLICAOF', candidate.host, String(candidate.port));
  await until('it is missed', async () => (await holdfast.fields('STATUS')).text('master') === '');
  const id = await until('one is served', async () => (await holdfast.fields('STATUS')).text('master') || undefined);
  const [other] = shard.servers.filter((server) => server.id !== id);
  if (other !== undefined) await follows(other, shard.server(id));
  t.equal(await client.call('GET', 'before'), '$1\r\n1\r\n');
  t.match((await lastEntry(holdfast)).list('notes')[0], /no node was a master any more/);
});
