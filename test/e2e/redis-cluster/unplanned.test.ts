import t from 'tap';
import { startRedisCluster } from '../../support/redis-cluster.js';
import { ServeProcess } from '../../support/serve-process.js';
import { until } from '../../support/until.js';

const KEY = '{b}n';

const cluster = await startRedisCluster({ shards: [3, 1, 1], config: { 'cluster-node-timeout': '1000' } });
t.teardown(() => cluster.dispose());
const { servers, ids, master } = cluster.first;
const [, first] = servers;
const holdfast = await ServeProcess.start({
  nodes: ids,
  flags: ['--topology=redis-cluster', '--outage-hold-ms=30000'],
});
t.teardown(() => holdfast.dispose());
const client = await holdfast.client();
t.teardown(() => client.close());

/** Writes until a write is acknowledged by another master than `former`. @returns what it was told before. */
async function writeUntilMoved(former: string): Promise<readonly string[]> {
  const errors: string[] = [];
  await until('another master is served', async () => {
    const reply = await client.call('INCR', KEY);
    if (!reply.startsWith(':')) errors.push(reply);
    return reply.startsWith(':') && (await holdfast.fields('STATUS')).text('master') !== former;
  });
  return errors;
}

void t.test(
  'somebody else moves the master: MOVED proves that nothing ran, and the new one is asked instead',
  async (t) => {
    if (first === undefined) return;
    t.equal(await client.call('SET', KEY, '0'), '+OK\r\n');
    t.equal(await first.send('CLUSTER', 'FAILOVER'), 'OK');
    const errors = await writeUntilMoved(master.id);
    t.same(errors, []);
    t.equal((await holdfast.fields('STATUS')).text('master'), first.id);
    const acknowledged = Number(await first.send('GET', KEY));
    t.equal(await client.call('INCR', KEY), `:${acknowledged + 1}\r\n`);
  },
);

void t.test('the master dies: the cluster elects another one, and it is served', async (t) => {
  if (first === undefined) return;
  await until('all replicas are known', async () => {
    const nodes = String(await first.send('CLUSTER', 'NODES'));
    return nodes.match(new RegExp(` slave ${cluster.idOf(first)} `, 'g'))?.length === 2;
  });
  await first.kill();
  const errors = await writeUntilMoved(first.id);
  for (const error of errors) t.match(error, /^-OUTCOMEUNKNOWN /, 'the one that was on its way');
  const status = await holdfast.fields('STATUS');
  const elected = servers.find(({ id }) => id === status.text('master'));
  t.ok(elected !== undefined && elected !== first);
  t.equal((await elected?.info('replication'))?.get('role'), 'master');

  await first.restart();
  await until('it has come back as a replica', async () => (await first.info('replication')).get('role') === 'slave');
  t.match(await client.call('INCR', KEY), /^:/);
  t.equal((await holdfast.fields('STATUS')).text('master'), elected?.id);
});
