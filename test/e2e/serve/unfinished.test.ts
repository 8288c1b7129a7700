import t, { type Test } from 'tap';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startShard, type Shard } from '../../support/shard.js';
import type { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { ServeProcess } from '../../support/serve-process.js';

/** A shard, and what an earlier Holdfast left behind: a switchover from the master to the replica that never ended. */
async function leftBehind(t: Test): Promise<{ shard: Shard; to: RedisServer; start: () => Promise<ServeProcess> }> {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [to] = shard.replicas;
  if (to === undefined) throw new Error('a shard with a replica');
  const stateDir = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
  t.teardown(() => rmSync(stateDir, { recursive: true }));
  mkdirSync(stateDir, { recursive: true });
  const intent = { id: 'unfinished', from: shard.master.id, to: to.id, startedAt: new Date(0).toISOString() };
  const state = { version: 1, epoch: 7, master: shard.master.id, intent, history: [] };
  writeFileSync(join(stateDir, 'state.json'), JSON.stringify(state));
  const flags = ['--outage-hold-ms=60000', '--connect-timeout-ms=300', '--command-timeout-ms=300'];
  const start = async (): Promise<ServeProcess> => {
    const holdfast = await ServeProcess.launch({ nodes: shard.ids, stateDir, flags });
    t.teardown(() => holdfast.dispose());
    await holdfast.listening();
    return holdfast;
  };
  return { shard, to, start };
}

async function writesThrough(t: Test, holdfast: ServeProcess): Promise<void> {
  const client = await holdfast.client();
  t.match(await client.call('INCR', 'n'), /^:/);
  client.close();
}

void t.test('it had promoted: it is finished', async (t) => {
  const { shard, to, start } = await leftBehind(t);
  await to.send('REPLICAOF', 'NO', 'ONE');
  const holdfast = await start();
  await writesThrough(t, holdfast);
  t.equal(await to.send('GET', 'n'), '1', 'on the promoted node');
  await until('the old master is demoted', async () => {
    return (await shard.master.info('replication')).get('role') === 'slave';
  });
  await until('the state is settled', () => holdfast.state().intent === null);
  t.match(holdfast.state(), { epoch: 8, master: to.id });
  await holdfast.ready();
  t.equal(await holdfast.refusal('SWITCHOVER'), '', 'and back again');
});

void t.test('it had not promoted: it is undone, and its pause ended', async (t) => {
  const { shard, start } = await leftBehind(t);
  await shard.master.send('CLIENT', 'PAUSE', '600000', 'WRITE');
  const holdfast = await start();
  await writesThrough(t, holdfast);
  t.equal(await shard.master.send('GET', 'n'), '1');
  await until('the intent is gone', () => holdfast.state().intent === null);
  t.match(holdfast.state(), { epoch: 7, master: shard.master.id });
});

void t.test('the candidate is silent, and may have been promoted: nothing is served until it speaks', async (t) => {
  const { shard, to, start } = await leftBehind(t);
  await to.freeze();
  const holdfast = await start();
  await until('it is told', async () =>
    /may have been promoted/.test((await holdfast.fields('STATUS')).text('problem')),
  );
  t.equal((await holdfast.fields('STATUS')).text('master'), '');
  t.equal((await holdfast.get('/readyz')).status, 503);
  to.resume();
  await holdfast.ready();
  await writesThrough(t, holdfast);
  t.equal((await holdfast.fields('STATUS')).text('master'), shard.master.id);
});

void t.test('the old master is dead, and the new one was promoted: it is served at once', async (t) => {
  const { shard, to, start } = await leftBehind(t);
  await to.send('REPLICAOF', 'NO', 'ONE');
  await shard.master.kill();
  const holdfast = await start();
  await writesThrough(t, holdfast);
  await holdfast.ready();
  t.equal((await holdfast.fields('STATUS')).text('master'), to.id);
  // When it comes back it says that it is a master, and is told otherwise.
  await shard.master.restart();
  await holdfast.reaches('serving');
  t.equal((await shard.master.info('replication')).get('role'), 'slave');
});
