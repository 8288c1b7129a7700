import { Redis } from 'ioredis';
import t from 'tap';
import { startTestPort } from '../../unit/admin/admin-port.js';
import { MASTER, REPLICA } from '../../unit/admin/fake-ports.js';

for (const protocol of [2, 3] as const) {
  await t.test(`ioredis connects and calls the commands over RESP${protocol}`, async (t) => {
    const server = await startTestPort(t, { password: 'hunter2' });
    const redis = new Redis({
      host: '127.0.0.1',
      port: server.port,
      password: 'hunter2',
      protocol,
      connectionName: 'ops',
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    t.teardown(() => redis.disconnect());
    await redis.connect();
    t.equal(redis.status, 'ready');
    t.equal(await redis.ping(), 'PONG');
    t.equal(await redis.client('GETNAME'), 'ops');
    t.match(await redis.client('INFO'), /lib-name=ioredis/, 'CLIENT SETINFO was accepted');
    t.match(await redis.info('replication'), 'master_failover_state:no-failover');
    t.same(await redis.role(), ['master', 5000, [['127.0.0.1', '7002', '4986']]]);
    t.match(JSON.stringify(await redis.call('SWITCHOVER', 'TO', '127.0.0.1', '7002')), '"switched"');
    t.match(JSON.stringify(await redis.call('STATUS')), MASTER);
    await t.rejects(redis.call('SWITCHOVER', 'x'), /ERR SWITCHOVER: 'X' is not an option/);
    t.same(server.shard.requests, [{ to: REPLICA }]);
    const wrong = redis.duplicate({ password: 'wrong' });
    await t.rejects(wrong.connect());
    wrong.disconnect();
  });
}
