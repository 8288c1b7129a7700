import t from 'tap';
import { startTestPort } from '../../unit/admin/admin-port.js';
import { fakeNode } from '../../unit/admin/fake-ports.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const REFUSED_LINES = [
  'FAILOVER ABORT',
  'FAILOVER ABORT X',
  'FAILOVER bogus',
  'FAILOVER FORCE',
  'FAILOVER FORCE FORCE',
  'FAILOVER TIMEOUT',
  'FAILOVER TIMEOUT x',
  'FAILOVER TIMEOUT 0',
  'FAILOVER TIMEOUT -1',
  'FAILOVER TIMEOUT 5 ABORT',
  'FAILOVER TIMEOUT 5 FORCE',
  'FAILOVER TIMEOUT 5 TIMEOUT 6',
  'FAILOVER TO 127.0.0.1',
  'FAILOVER TO 127.0.0.1 x',
  'FAILOVER TO 127.0.0.1 1',
  'FAILOVER TO 127.0.0.1 1 FORCE',
  'FAILOVER TO 127.0.0.1 1 TO 127.0.0.1 1',
  'FAILOVER TO 127.0.0.1 1 TIMEOUT 5 FORCE',
];

await t.test('FAILOVER is refused in the words of a real server', async (t) => {
  const master = await RedisServer.start();
  t.teardown(() => master.kill());
  const real = await RawClient.connect({ host: master.host, port: master.port });
  t.teardown(() => real.close());
  const server = await startTestPort(t);
  const ours = await server.connect();

  const alone = [fakeNode(master.id, { role: 'master' })];
  server.shard.nodes = alone;
  t.equal(await ours.call('FAILOVER'), await real.call('FAILOVER'), 'without a replica');

  const replica = await RedisServer.start({ config: { replicaof: `${master.host} ${master.port}` } });
  t.teardown(() => replica.kill());
  await until('the replica is online', async () => (await real.call('INFO', 'replication')).includes('state=online'));
  server.shard.nodes = [...alone, fakeNode(replica.id)];
  for (const line of REFUSED_LINES) {
    const expected = await real.call(...line.split(' '));
    t.match(expected, /^-ERR /, line);
    t.equal(await ours.call(...line.split(' ')), expected, line);
  }
  t.same(server.shard.requests, []);
});
