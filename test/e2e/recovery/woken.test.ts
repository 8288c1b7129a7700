import t from 'tap';
import { ServeProcess } from '../../support/serve-process.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { FORGETFUL, follows, isOneShard } from './support/returned.js';

void t.test('one that stood still over a failover, and woke up', async (t) => {
  const stage = await startStage(t, { replicas: 1, flags: [...FORGETFUL, '--connect-timeout-ms=300'] });
  const { shard, holdfast, candidate, client } = stage;
  await shard.master.freeze();
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await until(
    'the new master is served',
    async () => (await holdfast.fields('STATUS')).text('master') === candidate.id,
  );
  t.equal(await client.call('SET', 'new', '1'), '+OK\r\n');
  shard.master.resume();
  await isOneShard(t, stage);
  t.equal(await candidate.send('GET', 'new'), '1');
});

void t.test('one that woke up while Holdfast was away', async (t) => {
  const stage = await startStage(t, { replicas: 1, flags: [...FORGETFUL, '--connect-timeout-ms=300'] });
  const { shard, holdfast, candidate } = stage;
  await shard.master.freeze();
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await until('the new master is known', () => holdfast.state().master === candidate.id);
  holdfast.signal('SIGKILL');
  await holdfast.ended();
  shard.master.resume();
  const next = await ServeProcess.start({
    nodes: [stage.from, stage.to],
    stateDir: holdfast.stateDir,
    flags: FORGETFUL,
  });
  t.teardown(() => next.dispose());
  t.equal((await next.fields('STATUS')).text('master'), candidate.id);
  await follows(shard.master, candidate);
});

void t.test('a node that somebody has made a master is not touched', async (t) => {
  const { shard, holdfast, candidate } = await startStage(t, { replicas: 1, flags: FORGETFUL });
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await until('nobody is served', async () => (await holdfast.fields('STATUS')).text('master') === '');
  t.match((await candidate.info('replication')).get('role'), 'master');
  t.match((await shard.master.info('replication')).get('role'), 'master');
});
