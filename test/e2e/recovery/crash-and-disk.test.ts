import t, { type Test } from 'tap';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ServeProcess } from '../../support/serve-process.js';
import { lastEntry, startStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';

async function startAnew(t: Test, stage: Stage): Promise<ServeProcess> {
  const holdfast = await launchAnew(t, stage);
  await holdfast.ready();
  return holdfast;
}

/** As {@link startAnew}, where nobody may be served. */
async function launchAnew(t: Test, stage: Stage): Promise<ServeProcess> {
  stage.holdfast.signal('SIGKILL');
  await stage.holdfast.ended();
  const { stateDir } = stage.holdfast;
  rmSync(join(stateDir, 'state.json.tmp'), { force: true });
  const nodes = [stage.from, stage.to, ...stage.shard.ids.slice(2)];
  const holdfast = await ServeProcess.launch({ nodes, stateDir });
  t.teardown(() => holdfast.dispose());
  return holdfast;
}

void t.test('Holdfast dies while it writes its intent: nothing has happened', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  // A pipe that nobody reads: the write does not come to an end.
  execFileSync('mkfifo', [join(stage.holdfast.stateDir, 'state.json.tmp')]);
  const asked = stage.switchover();
  await stage.holdfast.reaches('recording');
  const holdfast = await startAnew(t, stage);
  t.not(await asked, '');
  t.equal((await holdfast.fields('STATUS')).text('master'), stage.from);
  t.same(await holdfast.admin('HISTORY'), []);
  t.equal(await holdfast.refusal('SWITCHOVER'), '');
});

void t.test(
  'Holdfast dies at the promotion, and the candidate comes back as an empty master: nobody is served',
  async (t) => {
    const stage = await startStage(t, { replicas: 1, relayToReplica: true });
    const { shard, holdfast, relay, candidate } = stage;
    const promoted = new Promise<void>((resolve) => {
      relay.judge((text) => {
        if (!/replicaof\r\n\$2\r\nno\r\n/i.test(text)) return 'pass';
        resolve();
        return 'mute';
      });
    });
    const asked = stage.switchover();
    await promoted;
    holdfast.signal('SIGKILL');
    t.not(await asked, '');
    await until('it is promoted', async () => (await candidate.info('replication')).get('role') === 'master');
    await candidate.send('CONFIG', 'REWRITE');
    await candidate.restart();
    t.equal(await candidate.send('DBSIZE'), 0);
    relay.flow();
    const next = await launchAnew(t, stage);
    await next.listening();
    await until('that is told', async () => (await next.fields('STATUS')).text('problem').includes('has not the data'));
    t.equal((await next.fields('STATUS')).text('master'), '');
    // A person decides.
    await candidate.send('REPLICAOF', shard.master.host, String(shard.master.port));
    await until('the old master is served', async () => (await next.fields('STATUS')).text('master') === stage.from);
    t.equal(await shard.master.send('GET', 'before'), '1');
    await shard.inSync();
    t.equal(await candidate.send('GET', 'before'), '1');
  },
);

void t.test('Holdfast dies before all replicas follow the new master: the next start sees to it', async (t) => {
  const stage = await startStage(t, { replicas: 2, relayToReplica: true });
  const { shard, holdfast, relay } = stage;
  const other = shard.servers[2];
  if (other === undefined) throw new Error('a third server');
  relay.judge(async (text) => {
    if (/replicaof\r\n\$2\r\nno\r\n/i.test(text)) await other.send('ACL', 'SETUSER', 'default', '-replicaof');
  });
  const asked = stage.switchover();
  await until('the old master is demoted', () => holdfast.state().epoch === 1 && holdfast.state().intent === null);
  t.match((await holdfast.fields('STATUS')).text('state'), 'settling');
  holdfast.signal('SIGKILL');
  await asked;
  await other.send('ACL', 'SETUSER', 'default', '+replicaof');
  t.equal((await other.info('replication')).get('master_port'), String(shard.master.port), 'it has not heard of it');
  const next = await startAnew(t, stage);
  await until('it follows the new master', async () => {
    const info = await other.info('replication');
    return info.get('master_port') === String(relay.port) && info.get('master_link_status') === 'up';
  });
  await next.reaches('serving');
  t.match((await lastEntry(next)).text('settled'), 'yes');
  t.equal((await lastEntry(next)).number('epoch'), 1, 'it is the same switchover');
  t.ok((await lastEntry(next)).number('stall_us') > 0, 'and what it cost is still known');
});
