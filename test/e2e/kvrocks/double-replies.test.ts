import t from 'tap';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';

// The double gives the replies that were recorded from a real Kvrocks, byte by byte.
const shard = await startKvrocksShard(1);
const [master, replica] = shard.nodes;
if (master === undefined || replica === undefined) throw new Error('two nodes');
const [toMaster, toReplica] = [await RawClient.connect(master), await RawClient.connect(replica)];
t.teardown(async () => {
  for (const client of [toMaster, toReplica]) client.close();
  await shard.dispose();
});

const READONLY = "-READONLY You can't write against a read only slave.\r\n";
const CLIENT_USAGE = '-ERR Syntax error, try CLIENT LIST|INFO|KILL ip:port|GETNAME|SETNAME\r\n';
const ABOUT =
  '$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n4.0.0\r\n$5\r\nproto\r\n:2\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n';

function words(request: string): readonly string[] {
  return [...request.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

await t.test('what a proxy meets on a master', async (t) => {
  for (const [request, reply] of [
    [
      'COMMAND INFO get set',
      '*2\r\n*6\r\n$3\r\nget\r\n:2\r\n*1\r\n$8\r\nreadonly\r\n:1\r\n:1\r\n:1\r\n*6\r\n$3\r\nset\r\n:-3\r\n*1\r\n$5\r\nwrite\r\n:1\r\n:1\r\n:1\r\n',
    ],
    ['COMMAND INFO nosuchcmd', '*1\r\n$-1\r\n'],
    ['COMMAND DOCS get', '-ERR Command subcommand must be one of COUNT, GETKEYS, INFO\r\n'],
    ['COMMAND GETKEYS set a b', '*1\r\n$1\r\na\r\n'],
    ['COMMAND LIST', '-ERR Command subcommand must be one of COUNT, GETKEYS, INFO\r\n'],
    ['COMMAND INFO slaveof', '*1\r\n*6\r\n$7\r\nslaveof\r\n:3\r\n*1\r\n$8\r\nreadonly\r\n:0\r\n:0\r\n:0\r\n'],
    ['COMMAND INFO replicaof', '*1\r\n$-1\r\n'],
    ['COMMAND INFO eval', '*1\r\n*6\r\n$4\r\neval\r\n:-3\r\n*1\r\n$5\r\nwrite\r\n:0\r\n:0\r\n:0\r\n'],
    ['HELLO', `*12\r\n${ABOUT}*-1\r\n`],
    ['HELLO 3', `*12\r\n${ABOUT}*-1\r\n`],
    ['HELLO 4', '-NOPROTO unsupported protocol version\r\n'],
    ['HELLO abc', '-ERR Protocol version is not an integer or out of range\r\n'],
    ['HELLO 2 AUTH default x', '-ERR Client sent AUTH, but no password is set\r\n'],
    ['HELLO 2 SETNAME foo', `*12\r\n${ABOUT}*-1\r\n`],
    ['CLIENT GETNAME', '$3\r\nfoo\r\n'],
    ['PING', '+PONG\r\n'],
    ['PING x', '$1\r\nx\r\n'],
    ['SELECT 1', '+OK\r\n'],
    ['AUTH x', '-ERR Client sent AUTH, but no password is set\r\n'],
    ['AUTH u x', '-ERR wrong number of arguments\r\n'],
    ['CLIENT SETINFO LIB-NAME x', CLIENT_USAGE],
    ['CLIENT NO-EVICT on', CLIENT_USAGE],
    ['CLIENT TRACKING on', CLIENT_USAGE],
    ['CLIENT NOSUCH', CLIENT_USAGE],
    ['CONFIG GET slave-read-only', '*2\r\n$15\r\nslave-read-only\r\n$3\r\nyes\r\n'],
    ['CONFIG GET maxmemory', '*0\r\n'],
    ['INFO nosuch', '$0\r\n\r\n'],
    ['WAIT 0 10', '-ERR unknown command `WAIT`, with args beginning with: `0`, `10`\r\n'],
    ['NOSUCHCMD a b', '-ERR unknown command `NOSUCHCMD`, with args beginning with: `a`, `b`\r\n'],
    ['GET', '-ERR wrong number of arguments\r\n'],
    ['REPLICAOF NO ONE', '-ERR unknown command `REPLICAOF`, with args beginning with: `NO`, `ONE`\r\n'],
    ['FAILOVER', '-ERR unknown command `FAILOVER`, with args beginning with: \r\n'],
    ['CLUSTER INFO', '-ERR Cluster mode is not enabled\r\n'],
    ['CLUSTERX VERSION', '-ERR Cluster mode is not enabled\r\n'],
    ['SLAVEOF NO ONE', '+OK\r\n'],
    [`SLAVEOF 127.0.0.1 ${master.port}`, "-ERR can't replicate itself\r\n"],
    ['SLAVEOF 127.0.0.1 abc', '-ERR port should be number\r\n'],
    ['SLAVEOF 127.0.0.1', '-ERR wrong number of arguments\r\n'],
    [`SLAVEOF 127.0.0.1 ${replica.port}`, "-ERR can't replicate your own replicas\r\n"],
    ['CLIENT PAUSE', "-ERR wrong number of arguments for 'client|pause' command\r\n"],
    ['CLIENT PAUSE abc', '-ERR timeout is not an integer or out of range\r\n'],
    ['CLIENT PAUSE -1', '-ERR timeout is negative\r\n'],
    ['CLIENT PAUSE 50 FOO', '-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n'],
    ['CLIENT UNPAUSE', '+OK\r\n'],
    ['RESET', '+RESET\r\n'],
  ] as const) {
    t.equal(await toMaster.call(...words(request)), reply, request);
  }
  t.match(await toMaster.call('CLIENT', 'LIST'), / flags=S namespace=__namespace .*cmd=psync\n/, 'replicas are listed');
});

await t.test('a replica refuses what counts as a write', async (t) => {
  for (const request of [
    'SET a b',
    'DEL a',
    'EXPIRE a 10',
    'FLUSHALL',
    'BLPOP q 1',
    "EVAL \"return redis.call('get','a')\" 0",
    'GETEX a',
    'SORT a',
    'XREADGROUP GROUP g c STREAMS s >',
  ]) {
    t.equal(await toReplica.call(...words(request)), READONLY, request);
  }
  t.equal(
    await toReplica.call('SCRIPT', 'LOAD', 'return 1'),
    "-ERR READONLY You can't write against a read only slave\r\n",
  );
  t.equal(await toReplica.call('PUBLISH', 'ch', 'x'), ':0\r\n');
  t.equal(await toReplica.call('PFCOUNT', 'a'), ':0\r\n');
});

await t.test('MULTI on a replica: queued, and refused inside the reply to EXEC', async (t) => {
  t.equal(await toReplica.call('MULTI'), '+OK\r\n');
  t.equal(await toReplica.call('SET', 'a', 'b'), '+QUEUED\r\n');
  t.equal(await toReplica.call('GET', 'pre:x'), '+QUEUED\r\n');
  t.equal(await toReplica.call('EXEC'), `*2\r\n${READONLY}$-1\r\n`);
});

await t.test('MULTI on a master', async (t) => {
  const call = (request: string): Promise<string> => toMaster.call(...words(request));
  t.equal(await call('EXEC'), '-ERR EXEC without MULTI\r\n');
  t.equal(await call('WATCH w'), '+OK\r\n');
  t.equal(await call('MULTI'), '+OK\r\n');
  t.equal(await call('INCR w'), '+QUEUED\r\n');
  t.equal(await call('CLIENT GETNAME'), '+QUEUED\r\n');
  t.equal(await call('GET w'), '+QUEUED\r\n');
  t.equal(await call('EXEC'), '*3\r\n:1\r\n$-1\r\n$1\r\n1\r\n');
  t.equal(await call('WATCH w'), '+OK\r\n');
  const other = await RawClient.connect(master);
  t.teardown(() => other.close());
  await other.call('INCR', 'w');
  t.equal(await call('MULTI'), '+OK\r\n');
  t.equal(await call('INCR w'), '+QUEUED\r\n');
  t.match(await call('EXEC'), /^[*$]-1\r\n$/, 'a watched key had changed');
  t.equal(await call('MULTI'), '+OK\r\n');
  t.equal(await call('GET'), '-ERR wrong number of arguments\r\n');
  t.equal(await call('EXEC'), '-EXECABORT Transaction discarded\r\n');
});

await t.test('RESP3 where it is enabled', async (t) => {
  const client = await RawClient.connect(master);
  t.teardown(() => client.close());
  t.equal(await client.call('CONFIG', 'SET', 'resp3-enabled', 'yes'), '+OK\r\n');
  t.equal(await client.call('HELLO'), `*12\r\n${ABOUT}*-1\r\n`);
  t.equal(await client.call('HELLO', '3'), `%6\r\n${ABOUT.replace(':2', ':3')}_\r\n`);
  t.equal(await client.call('GET', 'nothing'), '_\r\n');
  await client.call('HSET', 'h', 'f', 'v');
  t.equal(await client.call('HGETALL', 'h'), '%1\r\n$1\r\nf\r\n$1\r\nv\r\n');
  t.equal(await client.call('CONFIG', 'SET', 'resp3-enabled', 'no'), '+OK\r\n');
});

await t.test('a pause of writes: a new one takes its place, and it holds neither EXEC nor SCRIPT LOAD', async (t) => {
  const [operator, writer, other] = [
    await RawClient.connect(master),
    await RawClient.connect(master),
    await RawClient.connect(master),
  ];
  t.teardown(() => [operator, writer, other].forEach((client) => client.close()));
  await other.call('MULTI');
  await other.call('SET', 'in', 'multi');
  await operator.call('CLIENT', 'PAUSE', '60000', 'WRITE');
  const written = writer.call('SET', 'held', '1');
  t.equal(await other.call('EXEC'), '*1\r\n+OK\r\n');
  t.match(await other.call('SCRIPT', 'LOAD', 'return 1'), /^\$40/);
  t.equal(await other.call('GET', 'held'), '$-1\r\n');
  t.equal(await operator.call('CLIENT', 'PAUSE', '1', 'WRITE'), '+OK\r\n', 'shorter, and it counts');
  t.equal(await written, '+OK\r\n');
});

await t.test('what was held by the pause of a master that became a replica did not run', async (t) => {
  const writer = await RawClient.connect(master);
  t.teardown(() => writer.close());
  await toMaster.call('CLIENT', 'PAUSE', '60000', 'WRITE');
  const written = writer.call('SET', 'late', '1');
  t.equal(await toReplica.call('SLAVEOF', 'NO', 'ONE'), '+OK\r\n');
  const slaveOf = ['SLAVEOF', '127.0.0.1', String(replica.port)];
  t.equal(await toMaster.call(...slaveOf), "-ERR can't replicate your own replicas\r\n", 'it does not know yet');
  t.equal(await toMaster.call('CLIENT', 'KILL', 'TYPE', 'slave'), ':1\r\n');
  t.equal(await toMaster.call(...slaveOf), '+OK\r\n');
  t.equal(await toMaster.call('CLIENT', 'UNPAUSE'), '+OK\r\n');
  t.equal(await written, READONLY);
  await until('the old master follows', () => master.link?.state === 'up');
});
