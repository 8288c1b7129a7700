import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { startRedisCluster } from '../../support/redis-cluster.js';
import { until } from '../../support/until.js';

/** Hash tags: `b` belongs to the first third of the slots, `a` to the last. */
const [OWN, FOREIGN] = ['{b}', '{a}'];
const SLOT_OF_A = '15495';

const cluster = await startRedisCluster({ shards: [2, 1, 1] });
t.teardown(() => cluster.dispose());
const { master } = cluster.first;
const [replica] = cluster.first.replicas;
const owner = cluster.shards.at(-1)?.master;
if (replica === undefined || owner === undefined) throw new Error('the cluster is not as it was asked for');
const holdfast = await HoldfastInProcess.start(master.id, { clusterMode: true, nodes: [master.id, replica.id] });
t.teardown(() => holdfast.stop());

async function connected(count: number): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  return clients;
}

void t.test('what a cluster says of keys of other shards is passed on', async (t) => {
  const [client] = await connected(1);
  if (client === undefined) return;
  const moved = `-MOVED ${SLOT_OF_A} ${owner.id}\r\n`;
  t.equal(await client.call('SET', `${OWN}k`, '1'), '+OK\r\n');
  t.equal(await client.call('SET', `${FOREIGN}k`, '1'), moved);
  t.equal(await client.call('GET', `${FOREIGN}k`), moved);
  t.match(await client.call('MGET', `${OWN}k`, `${FOREIGN}k`), /^-CROSSSLOT /);
  t.equal(await client.call('BLPOP', `${FOREIGN}k`, '0'), moved);
  t.equal(await client.call('SSUBSCRIBE', `${FOREIGN}a`, `${FOREIGN}b`), moved);
  t.match(await client.call('SSUBSCRIBE', `${OWN}a`), /ssubscribe/);
  t.match(await client.call('SUNSUBSCRIBE'), /sunsubscribe/);

  t.equal(await client.call('MULTI'), '+OK\r\n');
  t.equal(await client.call('INCR', `${OWN}k`), '+QUEUED\r\n');
  t.equal(await client.call('INCR', `${FOREIGN}k`), moved);
  t.match(await client.call('EXEC'), /^-EXECABORT /);
  t.equal(await client.call('GET', `${OWN}k`), '$1\r\n1\r\n');
  t.match(await client.call('HELLO', '3'), /\$4\r\nmode\r\n\$7\r\ncluster\r\n/);
  t.equal(holdfast.shard.upstreams('private'), 1, 'kept for the next one');
});

void t.test('commands that change roles are refused', async (t) => {
  const [client] = await connected(1);
  if (client === undefined) return;
  for (const words of [['FAILOVER'], ['REPLICATE', cluster.idOf(owner)], ['RESET', 'HARD']]) {
    t.match(await client.call('CLUSTER', ...words), /^-ERR this command changes roles behind the proxy/);
  }
  t.equal(await client.call('CLUSTER', 'MYID'), `$40\r\n${cluster.idOf(master)}\r\n`);
});

void t.test('ASKING speaks of the next command of its client, whatever others say in between', async (t) => {
  await master.send('CLUSTER', 'SETSLOT', SLOT_OF_A, 'IMPORTING', cluster.idOf(owner));
  t.teardown(() => master.send('CLUSTER', 'SETSLOT', SLOT_OF_A, 'STABLE'));
  const ROUNDS = 200;
  const [asking, ...others] = await connected(6);
  if (asking === undefined) return;
  t.equal(await asking.call('ASKING'), '+OK\r\n', 'alone');
  t.equal(await asking.call('INCR', `${FOREIGN}n`), ':1\r\n');
  t.equal(await asking.call('INCR', `${FOREIGN}n`), `-MOVED ${SLOT_OF_A} ${owner.id}\r\n`);
  const plain = encodeCommand('INCR', `${FOREIGN}n`);
  for (let round = 0; round < ROUNDS; round++) {
    for (const other of others) other.send(plain);
    asking.send(Buffer.concat([encodeCommand('ASKING'), plain, plain]));
    for (const other of others) other.send(plain);
  }
  const told = (await asking.replies(3 * ROUNDS)).toString('latin1');
  t.equal(told.split('-MOVED ').length - 1, ROUNDS, 'each second one is refused');
  t.equal(told.split('+OK').length - 1, ROUNDS);
  for (const other of others) {
    const moved = (await other.replies(2 * ROUNDS)).toString('latin1').split('-MOVED ').length - 1;
    t.equal(moved, 2 * ROUNDS, 'who did not ask is sent away');
  }
  asking.send(Buffer.concat([encodeCommand('ASKING'), encodeCommand('GET', `${FOREIGN}n`)]));
  t.equal((await asking.replies(2)).toString('latin1'), `+OK\r\n$3\r\n${ROUNDS + 1}\r\n`);
  asking.send(Buffer.concat([encodeCommand('ASKING'), encodeCommand('MGET', `${FOREIGN}n`, `${FOREIGN}m`)]));
  t.match((await asking.replies(2)).toString('latin1'), /^\+OK\r\n-TRYAGAIN /);
});

void t.test('a cluster that is down says so, and nothing ran', async (t) => {
  const [client] = await connected(1);
  if (client === undefined) return;
  await master.send('CLUSTER', 'DELSLOTS', '0');
  await until('the cluster is down', async () =>
    String(await master.send('CLUSTER', 'INFO')).includes('cluster_state:fail'),
  );
  t.match(await client.call('SET', `${OWN}down`, '1'), /^-CLUSTERDOWN /);
  t.match(await client.call('BLPOP', `${OWN}down`, '0'), /^-CLUSTERDOWN /);
  await master.send('CLUSTER', 'ADDSLOTS', '0');
  await until('the cluster is up', async () =>
    String(await master.send('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );
  t.equal(await client.call('EXISTS', `${OWN}down`), ':0\r\n');
});

void t.test('READONLY costs no connection, and stays on none', async (t) => {
  const [client, other, silent] = await connected(3);
  if (client === undefined || other === undefined || silent === undefined) return;
  const before = holdfast.shard.upstreams('private');
  t.equal(await client.call('READONLY'), '+OK\r\n');
  t.match(await client.call('READONLY', 'x'), /^-ERR wrong number of arguments for 'readonly'/);
  t.equal(await client.call('GET', `${OWN}k`), '$1\r\n1\r\n');
  t.equal(holdfast.shard.upstreams('private'), before);
  silent.send(Buffer.concat(['SKIP', 'OFF'].map((mode) => encodeCommand('CLIENT', 'REPLY', mode))));
  silent.send(encodeCommand('READONLY'));
  t.equal(await silent.call('CLIENT', 'REPLY', 'ON'), '+OK\r\n');
  t.equal(await silent.call('READONLY'), '+OK\r\n');
  const flags = async (): Promise<readonly string[]> =>
    String(await master.send('CLIENT', 'LIST', 'TYPE', 'normal')).match(/ flags=\S+/g) ?? [];
  t.notOk(
    (await flags()).some((each) => each.includes('r')),
    'no connection of the server is in that mode',
  );

  await client.call('MULTI');
  t.equal(await client.call('READONLY'), '+QUEUED\r\n');
  t.equal(await client.call('EXEC'), '*1\r\n+OK\r\n');
  t.equal((await flags()).filter((each) => each.includes('r')).length, 1, 'inside MULTI it is the connection’s');
  t.equal(await client.call('READWRITE'), '+OK\r\n');
  t.notOk((await flags()).some((each) => each.includes('r')));

  // A demoted node would answer a connection in that mode with what it has.
  await replica.send('CLUSTER', 'FAILOVER');
  await until('the master has moved', async () => (await master.info('replication')).get('role') === 'slave');
  t.match(await other.call('GET', `${OWN}k`), /^-MOVED /);
});

void t.test('reads go on, to the old master, while a cluster moves it by itself', async (t) => {
  await holdfast.shard.serve(replica.id);
  // A master does not hear a node that it does not know as its replica yet.
  await until('the new master knows the former one as its replica', async () =>
    new RegExp(`^${cluster.idOf(master)} .* slave ${cluster.idOf(replica)} `, 'm').test(
      String(await replica.send('CLUSTER', 'NODES')),
    ),
  );
  const [reader, transaction, late, writer, waiting] = await connected(5);
  if (reader === undefined || transaction === undefined || late === undefined) return;
  if (writer === undefined || waiting === undefined) return;
  t.equal(await writer.call('SET', `${OWN}v`, 'old'), '+OK\r\n');
  await transaction.call('MULTI');
  await transaction.call('GET', `${OWN}v`);
  waiting.send(encodeCommand('BLPOP', `${OWN}queue`, '0'));
  await until('somebody waits', async () => (await replica.info('clients')).get('blocked_clients') === '1');
  await holdfast.traffic.prepare(master.id, 5000);
  holdfast.traffic.hold();
  // Without a vote: an election that comes too soon behind another one is not carried out, and nobody says so.
  t.equal(await master.send('CLUSTER', 'FAILOVER', 'TAKEOVER'), 'OK');
  await until('the old master is one no more', async () => (await replica.info('replication')).get('role') === 'slave');
  t.equal(await reader.call('GET', `${OWN}v`), '$3\r\nold\r\n', 'over the lane');
  const reads = encodeCommand('EXEC');
  transaction.send(reads);
  writer.send(encodeCommand('GETSET', `${OWN}v`, 'new'));
  t.equal(await late.call('HELLO', '3').then(() => late.call('GET', `${OWN}v`)), '$3\r\nold\r\n', 'over a new lane');
  holdfast.traffic.redirect(master.id);
  holdfast.traffic.release();
  t.equal(await writer.replies(1).then(String), '$3\r\nold\r\n');
  t.match((await transaction.replies(1)).toString(), /^\*1\r\n\$3\r\n(old|new)\r\n/);
  t.equal(await reader.call('GET', `${OWN}v`), '$3\r\nnew\r\n');
  t.equal(await writer.call('RPUSH', `${OWN}queue`, 'one'), ':1\r\n');
  t.match(await waiting.replies(1).then(String), /\$3\r\none\r\n$/, 'a blocked call goes along');
});
