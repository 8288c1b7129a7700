import t from 'tap';
import { ControllerClient } from '../../../src/control/controller/controller-client.js';
import { startControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import { until } from '../../support/until.js';

const OPTIONS = { force_on_timeout: false, sync_timeout_ms: 1000, pause_timeout_ms: 5000 };

await t.test("another's failover is followed, and a node that was not told of it is not believed", async (t) => {
  const { controllers, shard, holdfast } = await startControlledStage(t, { prober: { probeIntervalMs: 600_000 } });
  const [first, second] = shard.nodes;
  if (first?.cluster === null || second?.cluster === null || first === undefined || second === undefined) {
    throw new Error('two nodes of a cluster are wanted');
  }
  const serves = async (id: string): Promise<boolean> => (await holdfast.fields('STATUS')).text('master') === id;
  const write = async (): Promise<string> => {
    const client = await holdfast.client();
    try {
      return await client.call('INCR', 'x');
    } finally {
      client.close();
    }
  };
  t.equal(await write(), ':1\r\n');

  await t.test('by the controller', async (t) => {
    const client = new ControllerClient({
      endpoints: controllers.endpoints,
      namespace: 'test-ns',
      cluster: 'test-cluster',
    });
    t.teardown(() => client.close());
    const order = { preferred_node_id: second.cluster?.myId ?? '', options: OPTIONS };
    t.match(await client.failover(controllers.leader.endpoint, 0, order, 5000), { type: 'done' });
    await until('the new master is served', () => serves(second.id));
    t.equal(await write(), ':2\r\n');
  });

  await t.test('which could tell one of the two nodes only', async (t) => {
    await until('the former master has everything', async () => (await first.server.send('GET', 'x')) === '2');
    const cluster = controllers.store.read();
    for (const node of cluster.shards[0]?.nodes ?? []) node.role = node.role === 'master' ? 'slave' : 'master';
    const lines = cluster.shards[0]?.nodes.map(({ id, addr, role }) => {
      const master = cluster.shards[0]?.nodes.find((node) => node.role === 'master');
      return `${id} ${addr.replace(':', ' ')} ${role === 'master' ? 'master - 0-16383' : `slave ${master?.id}`}`;
    });
    controllers.store.update(cluster);
    first.cluster?.setNodes(lines?.join('\n') ?? '', 3, false, first.port);
    await first.takeClusterRole();
    await until('the master that the controller names is served', () => serves(first.id));
    t.equal(second.master, null, 'the other one calls itself a master too');
    t.equal(await write(), ':3\r\n');
    t.equal(await first.server.send('GET', 'x'), '3');
    await controllers.leader.probe();
    await until('it was told by the prober', () => second.master === first);
    t.equal(await write(), ':4\r\n');
  });
});
