import t from 'tap';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { startShard } from '../../support/shard.js';

void t.test('a shard starts with all replicas caught up, and ends without a trace', async (t) => {
  const shard = await startShard({ replicas: 2, each: [{}, { priority: 7 }, { priority: 0 }] });
  const [master, first, second] = shard.servers;
  t.same(await master?.send('ROLE').then((role) => Array.isArray(role) && role[0]), 'master');
  t.same((await first?.info('replication'))?.get('slave_priority'), '7');
  t.same((await second?.info('replication'))?.get('slave_priority'), '0');

  await shard.master.send('SET', 'key', 'value');
  await shard.inSync();
  for (const replica of shard.replicas) t.equal(await replica.send('GET', 'key'), 'value');

  const pids = shard.servers.map((server) => server.pid);
  await shard.dispose();
  for (const pid of pids) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

void t.test('a replica that is started again follows its master again', async (t) => {
  const shard = await startShard({ replicas: 1, requirepass: 'secret' });
  t.teardown(() => shard.dispose());
  const [replica] = shard.replicas;
  await replica?.restart();
  await shard.master.send('SET', 'key', 'value');
  await shard.inSync();
  t.equal(await replica?.send('GET', 'key'), 'value');
});

void t.test('a frozen server holds its answer back until it goes on', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const client = await RawClient.connect(server);
  t.teardown(() => client.close());
  await server.freeze();
  client.send('PING\r\nECHO hello\r\n');
  await t.rejects(client.replies(1, 20), /gave up/);
  server.resume();
  t.equal((await client.replies(2)).toString(), '+PONG\r\n$5\r\nhello\r\n');

  await server.freeze();
  await server.stop();
  t.equal(server.running, false);
  await client.ended();
});

void t.test('exact bytes come back, in RESP2 and RESP3', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const client = await RawClient.connect(server);
  t.teardown(() => client.close());
  client.send('HELLO 3\r\nHSET h f v\r\nHGETALL h\r\nGET nothing\r\nCLIENT TRACKING on\r\n');
  const [hello] = [await client.replies(1)];
  t.match(hello.toString(), /^%7\r\n/);
  t.equal((await client.replies(4)).toString(), ':1\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n_\r\n+OK\r\n');
});
