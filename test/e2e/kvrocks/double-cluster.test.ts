import t from 'tap';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { startKvrocksCluster, startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';

// The replies are those that were recorded from a real Kvrocks in cluster mode; A and B stand for its two ports.
const ID_A = 'a'.repeat(40);
const ID_B = 'b'.repeat(40);
const CLUSTERX_USAGE = '-ERR CLUSTERX command, CLUSTERX VERSION|MYID|SETNODEID|SETNODES|SETSLOT|MIGRATE\r\n';

const a = await KvrocksDouble.start({ cluster: true });
const b = await KvrocksDouble.start({ cluster: true });
const [toA, toB] = [await RawClient.connect(a), await RawClient.connect(b)];
t.teardown(async () => {
  for (const client of [toA, toB]) client.close();
  for (const node of [a, b]) await node.dispose();
});

const masterA = `${ID_A} 127.0.0.1 ${a.port} master - 0-16383`;
const slaveA = `${ID_A} 127.0.0.1 ${a.port} slave ${ID_B}`;
const masterB = `${ID_B} 127.0.0.1 ${b.port} master - 0-16383`;
const slaveB = `${ID_B} 127.0.0.1 ${b.port} slave ${ID_A}`;
const A_LEADS = `${masterA}\n${slaveB}`;
const B_LEADS = `${masterB}\n${slaveA}`;

/** A request, its words separated by spaces; what holds a space or a line end stands in quotes. */
async function says(client: RawClient, request: string): Promise<string> {
  const words = [...request.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const reply = await client.call(...words);
  return reply
    .replaceAll(String(a.port), 'A')
    .replaceAll(String(b.port), 'B')
    .replaceAll(String(a.port + 10_000), 'A+')
    .replaceAll(String(b.port + 10_000), 'B+')
    .replace(/\b\d{13} \d{13}\b/g, 'ping pong')
    .replace(/^\$2\d\d\r\n/, '$n\r\n');
}

async function linkUp(node: KvrocksDouble): Promise<void> {
  await until(`${node.id} follows`, () => node.link?.state === 'up');
}

await t.test('fresh nodes', async (t) => {
  for (const [request, reply] of [
    ['CLUSTERX VERSION', '$2\r\n-1\r\n'],
    ['CLUSTERX MYID', '$0\r\n\r\n'],
    ['CLUSTER INFO', '-CLUSTERDOWN The cluster is not initialized\r\n'],
    ['CLUSTER NODES', '-CLUSTERDOWN The cluster is not initialized\r\n'],
    ['CLUSTER SLOTS', '-CLUSTERDOWN The cluster is not initialized\r\n'],
    ['CLUSTER MYID', '-ERR CLUSTER command, CLUSTER INFO|NODES|SLOTS|KEYSLOT|RESET|REPLICAS\r\n'],
    ['CLUSTER KEYSLOT foo', ':12182\r\n'],
    ['GET foo', '-CLUSTERDOWN Hash slot not served\r\n'],
    ['SET foo 1', '-CLUSTERDOWN Hash slot not served\r\n'],
    [`SLAVEOF 127.0.0.1 ${b.port}`, "-ERR can't change to slave in cluster mode\r\n"],
    ['CLUSTERX SETNODEID short', CLUSTERX_USAGE],
    ['CLUSTERX', '-ERR wrong number of arguments\r\n'],
    ['CLUSTERX NOSUCH', CLUSTERX_USAGE],
    [
      'HELLO 2',
      '*12\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n4.0.0\r\n$5\r\nproto\r\n:2\r\n$4\r\nmode\r\n$7\r\ncluster\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*-1\r\n',
    ],
    [
      'COMMAND INFO clusterx cluster',
      '*2\r\n*6\r\n$8\r\nclusterx\r\n:-2\r\n*1\r\n$8\r\nreadonly\r\n:0\r\n:0\r\n:0\r\n*6\r\n$7\r\ncluster\r\n:-2\r\n*1\r\n$8\r\nreadonly\r\n:0\r\n:0\r\n:0\r\n',
    ],
  ] as const) {
    t.equal(await says(toA, request), reply, request);
  }
});

await t.test('node ids and the first topology', async (t) => {
  t.equal(await says(toA, `CLUSTERX SETNODEID ${ID_A}`), '+OK\r\n');
  t.equal(await says(toB, `CLUSTERX SETNODEID ${ID_B}`), '+OK\r\n');
  t.equal(await says(toA, 'CLUSTERX MYID'), `$40\r\n${ID_A}\r\n`);
  t.equal(await says(toA, `CLUSTERX SETNODES "${A_LEADS}" 1`), '+OK\r\n');
  t.equal(await says(toB, `CLUSTERX SETNODES "${A_LEADS}" 1`), '+OK\r\n');
  await linkUp(b);
  const info =
    'cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\ncluster_slots_pfail:0\r\ncluster_slots_fail:0\r\n' +
    'cluster_known_nodes:2\r\ncluster_size:1\r\ncluster_current_epoch:1\r\ncluster_my_epoch:1\r\n';
  const slots = `*1\r\n*4\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:A\r\n$40\r\n${ID_A}\r\n*3\r\n$9\r\n127.0.0.1\r\n:B\r\n$40\r\n${ID_B}\r\n`;
  for (const client of [toA, toB]) {
    t.equal(await says(client, 'CLUSTERX VERSION'), '$1\r\n1\r\n');
    t.equal(await client.call('CLUSTER', 'INFO'), `$201\r\n${info}\r\n`);
    t.equal(await says(client, 'CLUSTER SLOTS'), slots);
    t.match(await says(client, 'INFO cluster'), '# Cluster\r\ncluster_enabled:1\r\n');
  }
  t.equal(
    await says(toA, 'CLUSTER NODES'),
    `$n\r\n${ID_B} 127.0.0.1:B@B+ slave ${ID_A} ping pong 1 connected\n${ID_A} 127.0.0.1:A@A+ myself,master - ping pong 1 connected 0-16383\n\r\n`,
  );
  t.equal(
    await says(toB, 'CLUSTER NODES'),
    `$n\r\n${ID_B} 127.0.0.1:B@B+ myself,slave ${ID_A} ping pong 1 connected\n${ID_A} 127.0.0.1:A@A+ master - ping pong 1 connected 0-16383\n\r\n`,
  );
  t.match(await says(toA, 'INFO replication'), /role:master\r\nconnected_slaves:1\r\nslave0:ip=127.0.0.1,port=B/);
  t.match(
    await says(toB, 'INFO replication'),
    /role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:A\r\nmaster_link_status:up/,
  );
});

await t.test('MOVED and friends', async (t) => {
  const moved = '-MOVED 12182 127.0.0.1:A\r\n';
  const readOnly = "-READONLY You can't write against a read only slave.\r\n";
  for (const [client, request, reply] of [
    [toA, 'SET foo 1', '+OK\r\n'],
    [toA, 'GET foo', '$1\r\n1\r\n'],
    [toA, 'MSET a 1 b 2', "-CROSSSLOT Attempted to access keys that don't hash to the same slot\r\n"],
    [toA, 'MSET {t}a 1 {t}b 2', '+OK\r\n'],
    [toA, 'SELECT 1', '+OK\r\n'],
    [toB, 'SET foo 1', moved],
    [toB, 'GET foo', moved],
    [toB, 'EVAL "return redis.call(\'get\',KEYS[1])" 1 foo', moved],
    [toB, 'EVAL "return 1" 0', readOnly],
    [toB, 'FLUSHALL', readOnly],
    [toB, 'PUBLISH a b', ':0\r\n'],
    [toB, 'READONLY', '+OK\r\n'],
    [toB, 'SET foo 2', moved],
  ] as const) {
    t.equal(await says(client, request), reply, request);
  }
  await until('the replica has it', async () => (await says(toB, 'GET foo')) === '$1\r\n1\r\n');
  t.equal(await says(toB, 'READWRITE'), '+OK\r\n');
  t.equal(await says(toB, 'GET foo'), moved);
  t.equal(await says(toB, 'MULTI'), '+OK\r\n');
  t.equal(await says(toB, 'SET foo 2'), moved);
  t.equal(await says(toB, 'EXEC'), '-EXECABORT Transaction discarded\r\n');
});

await t.test('versions', async (t) => {
  const invalid = '-ERR Invalid cluster version\r\n';
  for (const [request, reply] of [
    [`CLUSTERX SETNODES "${A_LEADS}" 1`, '+OK\r\n'],
    [`CLUSTERX SETNODES "${A_LEADS}" 0`, invalid],
    [`CLUSTERX SETNODES "${A_LEADS}" -1`, invalid],
    [`CLUSTERX SETNODES "${A_LEADS}" abc`, '-ERR Invalid version\r\n'],
    ['CLUSTERX SETNODES nonsense 2', '-ERR Invalid cluster nodes info\r\n'],
    [`CLUSTERX SETNODES "${masterA}" 1 force`, '+OK\r\n'],
    [`CLUSTERX SETNODES "${A_LEADS}" 1 force`, '+OK\r\n'],
    [`CLUSTERX SETNODES "${A_LEADS}" 2 bar`, '-ERR Invalid setnodes options\r\n'],
    // The same version with another text is ignored.
    [`CLUSTERX SETNODES "${B_LEADS}" 1`, '+OK\r\n'],
    ['CLUSTERX VERSION', '$1\r\n1\r\n'],
  ] as const) {
    t.equal(await says(toA, request), reply, request);
  }
  t.match(await says(toA, 'CLUSTER NODES'), 'myself,master');
});

await t.test('a higher version switches the roles: partial, clients are kept', async (t) => {
  const client = await RawClient.connect(a);
  t.teardown(() => client.close());
  const before = (await b.server.info('stats')).get('sync_full');
  t.equal(await says(toB, `CLUSTERX SETNODES "${B_LEADS}" 2`), '+OK\r\n');
  t.equal(await says(toB, 'SET foo 3'), '+OK\r\n', 'it has promoted itself before it answers');
  t.equal(await says(client, 'SET foo 3'), '+OK\r\n', 'until the old one is told, there are two masters');
  t.equal(await says(toA, `CLUSTERX SETNODES "${B_LEADS}" 2`), '+OK\r\n');
  t.equal(await says(client, 'SET foo 3'), '-MOVED 12182 127.0.0.1:B\r\n');
  t.equal(await says(client, 'GET foo'), '-MOVED 12182 127.0.0.1:B\r\n');
  await linkUp(a);
  t.not((await b.server.info('stats')).get('sync_full'), before, 'it had written something of its own');
  t.equal(await says(toB, `CLUSTERX SETNODES "${A_LEADS}" 1`), '-ERR Invalid cluster version\r\n');
  t.equal(await says(toA, `CLUSTERX SETNODES "${A_LEADS}" 3`), '+OK\r\n');
  t.equal(await says(toB, `CLUSTERX SETNODES "${A_LEADS}" 3`), '+OK\r\n');
  await linkUp(b);
  t.equal((await a.server.info('stats')).get('sync_partial_ok'), '1', 'nothing but what came by replication: partial');
});

await t.test('id, topology, role and data outlast a restart', async (t) => {
  await b.stop();
  t.equal(await says(toA, 'SET foo 4'), '+OK\r\n');
  await b.startAgain();
  await linkUp(b);
  const again = await RawClient.connect(b);
  t.teardown(() => again.close());
  t.equal(await says(again, 'CLUSTERX VERSION'), '$1\r\n3\r\n');
  t.equal(await says(again, 'CLUSTERX MYID'), `$40\r\n${ID_B}\r\n`);
  t.match(await says(again, 'CLUSTER NODES'), `127.0.0.1:B@B+ myself,slave ${ID_A}`);
  await again.call('READONLY');
  await until('it has what was written meanwhile', async () => (await says(again, 'GET foo')) === '$1\r\n4\r\n');
});

await t.test('several shards: a key of another shard is there', async (t) => {
  const [first, second] = await startKvrocksCluster(2, 1);
  if (first === undefined || second === undefined) throw new Error('two shards');
  const client = await RawClient.connect(first.nodes[0] ?? a);
  t.teardown(async () => {
    client.close();
    for (const shard of [first, second]) await shard.dispose();
  });
  t.equal(await client.call('SET', 'foo', '1'), `-MOVED 12182 127.0.0.1:${second.nodes[0]?.port}\r\n`);
  t.equal(await client.call('SET', 'bar', '1'), '+OK\r\n');
  t.match(await client.call('CLUSTER', 'INFO'), /cluster_known_nodes:4\r\ncluster_size:2\r\n/);
  const one = await startKvrocksShard(1, { cluster: true });
  t.equal(one.nodes[1]?.master, one.nodes[0], 'a shard in cluster mode is a cluster of its own');
  await one.dispose();
});
