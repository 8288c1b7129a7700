import t from 'tap';
import { startRedisCluster } from '../../support/redis-cluster.js';
import type { RedisServer } from '../../support/redis-server.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort, touches } from '../../support/stage.js';
import { until } from '../../support/until.js';

const KEY = '{b}';

const cluster = await startRedisCluster({ shards: [2, 1, 1] });
t.teardown(() => cluster.dispose());
const [master, to] = cluster.first.servers;
const second = cluster.shards[1]?.master;

async function says(server: RedisServer, words: string): Promise<boolean> {
  return String(await server.send('CLUSTER', 'INFO')).includes(words);
}

void t.test('what stands against a switch is found before anybody waits', async (t) => {
  if (to === undefined || master === undefined || second === undefined) return;
  const holdfast = await ServeProcess.start({ nodes: cluster.first.ids, flags: ['--topology=redis-cluster'] });
  t.teardown(() => holdfast.dispose());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  const switchover = (): Promise<string> => holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to.id));
  const before = await touches(to);

  const slot = String(await master.send('CLUSTER', 'KEYSLOT', KEY));
  await master.send('CLUSTER', 'SETSLOT', slot, 'MIGRATING', cluster.idOf(second));
  t.match(await switchover(), /^REFUSED owner-refuses .*slots of .* are on their way/);
  await master.send('CLUSTER', 'SETSLOT', slot, 'STABLE');

  await master.send('CLUSTER', 'DELSLOTS', slot);
  await until('the cluster is down', () => says(master, 'cluster_state:fail'));
  t.match(await switchover(), /^REFUSED owner-refuses .*says cluster_state:fail/);
  await master.send('CLUSTER', 'ADDSLOTS', slot);
  await until('the cluster is up', () => says(master, 'cluster_state:ok'));
  t.equal(await touches(to), before);
  t.match(await client.call('INCR', KEY), /^:/);
  t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="refused",reason="owner-refuses"}'), 2);
});

void t.test('a user who may not say what it takes', async (t) => {
  if (to === undefined) return;
  const rights = '+@all -cluster +cluster|myid +cluster|info +cluster|nodes +cluster|failover'.split(' ');
  for (const server of cluster.first.servers)
    await server.send('ACL', 'SETUSER', 'holdfast', 'on', '>secret', ...rights);
  const holdfast = await ServeProcess.start({
    nodes: cluster.first.ids,
    flags: ['--topology=redis-cluster', '--node-username=holdfast', '--node-password=secret'],
  });
  t.teardown(() => holdfast.dispose());
  const switchover = (): Promise<string> => holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to.id));
  t.match(await switchover(), /^REFUSED not-arranged .*cluster\|replicate/);
  await to.send('ACL', 'SETUSER', 'holdfast', '-cluster|nodes');
  t.match(await switchover(), /^REFUSED owner-refuses .*cluster\|nodes/);
});

void t.test('nodes of different shards', async (t) => {
  if (master === undefined || second === undefined) return;
  const holdfast = await ServeProcess.launch({ nodes: [master.id, second.id], flags: ['--topology=redis-cluster'] });
  t.teardown(() => holdfast.dispose());
  await holdfast.listening();
  t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED two-masters /);
  await until('it is said', async () =>
    (await holdfast.fields('STATUS')).text('problem').includes('are masters of different shards'),
  );
});
