import t, { type Test } from 'tap';
import { renameSync, writeFileSync } from 'node:fs';
import type { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { hostAndPort, lastEntry, startStage, touches, type Stage, type StageOptions } from '../../support/stage.js';

/** Asks for a switchover that must be refused, and looks at everything that must not have moved. */
async function isRefused(t: Test, stage: Stage, reason: string, ...args: readonly string[]): Promise<void> {
  const { holdfast, shard, client } = stage;
  // A frozen or dead server can not be asked, and can not have been touched.
  const before = await Promise.all(shard.servers.map((server) => asked(server)));
  const metric = `holdfast_switchovers_total{outcome="refused",reason="${reason}"}`;
  const count = await holdfast.metric(metric);
  const { epoch, master } = await statusOf(stage);

  const words = await holdfast.refusal('SWITCHOVER', ...args);
  t.match(words, new RegExp(`^REFUSED ${reason} `), `the answer: ${words}`);
  t.equal(await holdfast.metric(metric), count + 1, 'the metric');
  const entry = await lastEntry(holdfast);
  t.same([entry.text('outcome'), entry.text('reason')], ['refused', reason], 'HISTORY');
  t.equal(words, `REFUSED ${reason} ${entry.text('sentence')}`);
  await until('the log names the reason', () => holdfast.log().includes(`"reason":"${reason}"`));

  t.same(await Promise.all(shard.servers.map((server) => asked(server))), before, 'no server was touched');
  t.same(await statusOf(stage), { epoch, master }, 'the epoch and the master stay');
  t.equal(await holdfast.metric('holdfast_write_stall_seconds_count'), 0);
  if (master !== '') t.match(await client.call('INCR', 'after'), /^:/, 'writes go on');
}

async function statusOf({ holdfast }: Stage) {
  const status = await holdfast.fields('STATUS');
  return { epoch: status.number('epoch'), master: status.text('master') };
}

/** Servers that do not answer, or not to strangers, are told from the others by what happened in the test. */
const silent = new Set<RedisServer>();

async function asked(server: RedisServer): Promise<string> {
  return silent.has(server) ? 'silent' : touches(server);
}

async function start(t: Test, options: StageOptions = {}): Promise<Stage> {
  return startStage(t, {
    ...options,
    flags: ['--command-timeout-ms=300', '--connect-timeout-ms=300', ...(options.flags ?? [])],
  });
}

void t.test('nodes that can not be the master', async (t) => {
  const stage = await start(t, { each: [{}, {}, { priority: 0 }] });
  const { shard, candidate, from, to } = stage;
  const [, second] = shard.replicas;
  if (second === undefined) throw new Error('a shard of three');

  await t.test('a node that is not configured', (t) => isRefused(t, stage, 'unknown-node', 'TO', '127.0.0.1', '1'));
  await t.test('the master', (t) => isRefused(t, stage, 'already-master', 'TO', ...hostAndPort(from)));
  await t.test('priority 0', (t) => isRefused(t, stage, 'priority-zero', 'TO', ...hostAndPort(second.id)));
  await t.test('a pause that is too short', (t) =>
    isRefused(t, stage, 'pause-too-short', 'TO', ...hostAndPort(to), 'SYNCTIMEOUT', '400', 'PAUSETIMEOUT', '500'),
  );
  await t.test('a dry run touches nothing either', async (t) => {
    const before = await Promise.all(shard.servers.map(touches));
    const answer = await stage.holdfast.fields('SWITCHOVER', 'DRYRUN');
    t.equal(answer.text('outcome'), 'would-switch');
    t.equal(answer.text('new_master'), to);
    t.ok(answer.number('predicted_stall_us') > 0);
    t.same(await Promise.all(shard.servers.map(touches)), before);
    t.equal(await stage.holdfast.metric('holdfast_write_stall_seconds_count'), 0);
    t.equal(await stage.holdfast.metric('holdfast_switchovers_total{outcome="would-switch",reason="none"}'), 1);
  });
  await t.test('a link that is down', async (t) => {
    // The master does not listen there; the port says that it is meant.
    await candidate.send('REPLICAOF', '127.0.0.2', String(shard.master.port));
    await until(
      'the link is down',
      async () => (await candidate.info('replication')).get('master_link_status') === 'down',
    );
    await isRefused(t, stage, 'link-down', 'TO', ...hostAndPort(to));
    await isRefused(t, stage, 'no-candidate');
  });
  await t.test('a replica of somebody else', async (t) => {
    await candidate.send('REPLICAOF', '127.0.0.1', '1');
    await isRefused(t, stage, 'not-a-replica', 'TO', ...hostAndPort(to));
    await candidate.send('REPLICAOF', '127.0.0.1', String(shard.master.port));
    await shard.inSync();
  });
  await t.test('a frozen node', async (t) => {
    silent.add(candidate);
    await candidate.freeze();
    await isRefused(t, stage, 'node-down', 'TO', ...hostAndPort(to));
    candidate.resume();
    await candidate.ready();
    silent.delete(candidate);
  });
  await t.test('a state directory that can not be written any more', async (t) => {
    const { stateDir } = stage.holdfast;
    renameSync(stateDir, `${stateDir}.away`);
    writeFileSync(stateDir, 'not a directory');
    await isRefused(t, stage, 'state-not-writable', 'TO', ...hostAndPort(to));
    t.match((await stage.holdfast.fields('STATUS')).list('alarms'), ['state-not-written']);
  });
  await t.test('a dead node', async (t) => {
    silent.add(candidate);
    await candidate.kill();
    await isRefused(t, stage, 'node-down', 'TO', ...hostAndPort(to));
  });
});

void t.test('a replica that does not keep up', async (t) => {
  const stage = await start(t, { relayToMaster: true, replicas: 1, flags: ['--command-timeout-ms=20000'] });
  const { relay, client, to } = stage;
  relay.mute(/psync/i);
  t.equal(await client.call('SET', 'large', 'x'.repeat(200_000)), '+OK\r\n');
  await isRefused(t, stage, 'lagging', 'TO', ...hostAndPort(to));
  relay.flow();
});

void t.test('a replica that loads its data set, or synchronises in full', async (t) => {
  const config = { 'key-load-delay': '2000', 'loading-process-events-interval-bytes': '1024' };
  // It answers between pieces of its file only.
  const flags = ['--command-timeout-ms=20000'];
  const stage = await start(t, { replicas: 1, each: [{}, { config }], flags });
  const { shard, candidate, to } = stage;
  const script = "for i = 1, 2000 do redis.call('SET', 'key:' .. i, string.rep('x', 100)) end";
  await shard.master.send('EVAL', script, '0');
  await shard.inSync();

  silent.add(candidate);
  // A stream of its own makes a partial resynchronisation impossible.
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await candidate.send('SET', 'own', '1');
  await shard.master.send('CONFIG', 'SET', 'rdb-key-save-delay', '10000');
  await candidate.send('REPLICAOF', '127.0.0.1', String(shard.master.port));
  await until(
    'it synchronises',
    async () => (await candidate.info('replication')).get('master_sync_in_progress') === '1',
  );
  await isRefused(t, stage, 'syncing', 'TO', ...hostAndPort(to));
  await shard.master.send('CONFIG', 'SET', 'rdb-key-save-delay', '0');
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await candidate.send('SAVE');
  await candidate.kill();
  const restarted = t.rejects(candidate.restart(), /ended while it was starting/);
  await until('it loads', async () => String(await candidate.send('PING').catch(String)).includes('LOADING'));
  await isRefused(t, stage, 'loading', 'TO', ...hostAndPort(to));
  await candidate.kill();
  await restarted;
});

void t.test('a shard that has two masters, or none', async (t) => {
  const stage = await start(t);
  const { shard, candidate, holdfast, client } = stage;
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await isRefusedWithoutMaster(t, stage, 'two-masters');
  await until('nothing is served', async () => (await holdfast.get('/readyz')).status === 503);
  t.match((await holdfast.fields('STATUS')).text('problem'), /more than one node says it is a master/);

  await candidate.send('REPLICAOF', '127.0.0.1', String(shard.master.port));
  await holdfast.ready();
  t.match(await client.call('INCR', 'after'), /^:/);

  await shard.master.send('REPLICAOF', '127.0.0.1', String(candidate.port));
  await isRefusedWithoutMaster(t, stage, 'no-master');
});

/** The write of {@link isRefused} would wait for a master. */
async function isRefusedWithoutMaster(t: Test, { holdfast }: Stage, reason: string): Promise<void> {
  t.match(await holdfast.refusal('SWITCHOVER'), new RegExp(`^REFUSED ${reason} `));
  t.equal(await holdfast.metric(`holdfast_switchovers_total{outcome="refused",reason="${reason}"}`), 1);
  t.equal((await lastEntry(holdfast)).text('reason'), reason);
}

void t.test('credentials that one node does not accept', async (t) => {
  const users = ['holdfast on >secret ~* &* +@all'];
  const flags = ['--node-username=holdfast', '--node-password=secret'];
  const stage = await start(t, { replicas: 1, users, flags });
  // That also ends the connections which were made with it.
  await stage.candidate.send('ACL', 'DELUSER', 'holdfast');
  await isRefused(t, stage, 'wrong-credentials', 'TO', ...hostAndPort(stage.to));
});

void t.test('a candidate on which an application can not log in', async (t) => {
  const stage = await start(t, { replicas: 1, each: [{ users: ['app on >secret ~* &* +@all'] }, {}] });
  t.equal(await stage.client.call('AUTH', 'app', 'secret'), '+OK\r\n');
  t.equal(await stage.client.call('SET', 'mine', '1'), '+OK\r\n');
  await isRefused(t, stage, 'prepare-failed', 'TO', ...hostAndPort(stage.to));
});

void t.test('a candidate that answers too slowly for preflight', async (t) => {
  const flags = ['--preflight-timeout-ms=500', '--command-timeout-ms=10000'];
  const stage = await start(t, { replicas: 1, relayToReplica: true, flags });
  stage.relay.judge((text) => (/\$4\r\nrole/i.test(text) ? 'swallow' : 'pass'));
  await isRefused(t, stage, 'preflight-timeout', 'TO', ...hostAndPort(stage.to));
});
