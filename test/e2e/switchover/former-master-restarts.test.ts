import t from 'tap';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

void t.test('a former master that is restarted, as after an upgrade, comes back as a replica', async (t) => {
  const { shard, client, candidate, switchover } = await startStage(t, { replicas: 2 });
  t.equal(await switchover(), '');
  await Promise.all(shard.ids.map((id) => shard.server(id).restart()));
  for (const id of shard.ids) {
    if (id === candidate.id) continue;
    await until(`${id} follows`, async () => {
      const info = await shard.server(id).info('replication');
      return info.get('role') === 'slave' && info.get('master_port') === String(candidate.port);
    });
  }
  await until('the new master is served', async () => (await client.call('SET', 'after', '1')) === '+OK\r\n');
});

void t.test('one whose file could not be written comes back as a master, and is not served', async (t) => {
  const { shard, holdfast, client, candidate, switchover } = await startStage(t, {
    replicas: 1,
    flags: ['--persist-roles=no', '--probe-interval-ms=20'],
  });
  t.equal(await switchover(), '');
  await shard.master.restart();
  const problem = async (): Promise<string> => JSON.stringify(await holdfast.admin('NODES'));
  await until('Holdfast has seen it', async () => (await problem()).includes('came back as a master after a restart'));
  for (let written = 1; written <= 20; written += 1) {
    t.equal(await client.call('INCR', 'n'), `:${written}\r\n`);
  }
  t.equal(await candidate.send('GET', 'n'), '20');
  await shard.master.send('REPLICAOF', candidate.host, String(candidate.port));
  await until('all is well', async () => !(await problem()).includes('came back'));
  t.equal(await client.call('INCR', 'n'), ':21\r\n');
});
