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

void t.test(
  'one whose file could not be written comes back as a master, is not served, and follows again',
  async (t) => {
    const { shard, holdfast, client, candidate, switchover } = await startStage(t, {
      replicas: 1,
      flags: ['--persist-roles=no', '--probe-interval-ms=20'],
    });
    t.equal(await switchover(), '');
    await shard.master.restart();
    for (let written = 1; written <= 20; written += 1) {
      t.equal(await client.call('INCR', 'n'), `:${written}\r\n`);
    }
    t.equal(await candidate.send('GET', 'n'), '20');
    await until('it follows', async () => (await shard.master.info('replication')).get('role') === 'slave');
    t.match(holdfast.log(), /came back as a master after a restart/);
    t.equal(await client.call('INCR', 'n'), ':21\r\n');
  },
);
