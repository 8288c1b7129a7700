import t, { type Test } from 'tap';
import type { KvrocksNode, KvrocksNodes } from '../../support/kvrocks/kvrocks-nodes.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { onEachKvrocks } from '../../support/kvrocks/on-each-kvrocks.js';
import { RawClient } from '../../support/raw-client.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const ADMIN = 'the password of the administrator';
const TENANTS = [
  { name: 'red', token: 'token of red', login: ['AUTH', 'token of red'] },
  { name: 'blue', token: 'token of blue', login: ['HELLO', '2', 'AUTH', 'default', 'token of blue'] },
];

async function namespace(node: KvrocksNode, ...words: readonly string[]): Promise<string> {
  const operator = await RawClient.connect(node);
  await operator.call('AUTH', ADMIN);
  const reply = await operator.call('NAMESPACE', ...words);
  operator.close();
  return reply;
}

async function holdfastFor(t: Test, shard: KvrocksNodes): Promise<ServeProcess> {
  t.teardown(() => shard.dispose());
  const flags = [
    `--node-password=${ADMIN}`,
    '--preflight-timeout-ms=30000',
    '--align-promotion=no',
    '--require-pause=no',
  ];
  const holdfast = await ServeProcess.start({ nodes: shard.ids, flags });
  t.teardown(() => holdfast.dispose());
  return holdfast;
}

await t.test('the double keeps namespaces as the source of Kvrocks says', async (t) => {
  const shard = await startKvrocksShard(1, { requirepass: ADMIN });
  t.teardown(() => shard.dispose());
  const [node, replica] = shard.nodes;
  if (node === undefined || replica === undefined) throw new Error('two nodes');
  const client = await RawClient.connect(node);
  t.teardown(() => client.close());
  t.equal(await client.call('GET', 'a'), '-NOAUTH Authentication required.\r\n');
  t.equal(await client.call('AUTH', 'nonsense'), '-ERR Invalid password\r\n');
  t.equal(await client.call('AUTH', ADMIN), '+OK\r\n');
  for (const [words, reply] of [
    [['ADD', 'red', 'r'], '+OK\r\n'],
    [['ADD', 'red', 'other'], '-ERR the namespace already exists\r\n'],
    [['ADD', 'blue', 'r'], '-ERR the token already exists\r\n'],
    [['ADD', 'blue', ADMIN], '-ERR the token is duplicated with requirepass or masterauth\r\n'],
    [['ADD', '__namespace', 'x'], '-ERR forbidden to add the default namespace\r\n'],
    [['SET', 'red', 's'], '+OK\r\n'],
    [['GET', 'red'], '$1\r\ns\r\n'],
    [['GET', 'blue'], '$-1\r\n'],
    [['GET', '*'], `*4\r\n$3\r\nred\r\n$1\r\ns\r\n$11\r\n__namespace\r\n$${ADMIN.length}\r\n${ADMIN}\r\n`],
    [['DEL', 'blue'], '-ERR the namespace was not found\r\n'],
  ] as const) {
    t.equal(await client.call('NAMESPACE', ...words), reply, words.join(' '));
  }
  await client.call('SET', 'a', 'of the administrator');
  t.equal(await client.call('AUTH', 's'), '+OK\r\n');
  t.equal(await client.call('GET', 'a'), '$-1\r\n', 'it has keys of its own');
  t.equal(await client.call('SET', 'a', 'of red'), '+OK\r\n');
  const adminOnly = '-ERR admin permission required to perform the command\r\n';
  t.equal(await client.call('CONFIG', 'GET', 'requirepass'), adminOnly);
  t.equal(await client.call('CLIENT', 'PAUSE', '1', 'WRITE'), adminOnly);
  t.match(await client.call('CLIENT', 'INFO'), 'namespace=red');
  const reader = await RawClient.connect(replica);
  t.teardown(() => reader.close());
  t.equal(
    await reader.call('AUTH', 's'),
    '-ERR Invalid password\r\n',
    'tokens are not replicated unless it is configured',
  );
  await namespace(replica, 'ADD', 'red', 's');
  t.equal(await reader.call('AUTH', 's'), '+OK\r\n');
  await until('the data is', async () => (await reader.call('GET', 'a')) === '$6\r\nof red\r\n');
});

await t.test('with repl-namespace-enabled the tokens are replicated, and no replica can change them', async (t) => {
  const shard = await startKvrocksShard(1, { requirepass: ADMIN, replNamespaces: true });
  t.teardown(() => shard.dispose());
  const [node, replica] = shard.nodes;
  if (node === undefined || replica === undefined) throw new Error('two nodes');
  t.equal(await namespace(node, 'ADD', 'red', 'r'), '+OK\r\n');
  t.equal(await namespace(replica, 'GET', 'red'), '$1\r\nr\r\n');
  t.equal(await namespace(replica, 'DEL', 'red'), '-ERR namespace is read-only for slave\r\n');
});

await onEachKvrocks(
  t,
  'a candidate that would refuse the tokens of the master does not become the master',
  async (t, start) => {
    const shard = await start(1, { requirepass: ADMIN });
    const holdfast = await holdfastFor(t, shard);
    const [master, candidate] = shard.nodes;
    if (master === undefined || candidate === undefined) throw new Error('two nodes');
    const toCandidate = ['SWITCHOVER', 'TO', ...hostAndPort(candidate.id)];
    await namespace(master, 'ADD', 'red', 'token of red');
    const refusal = await holdfast.refusal(...toCandidate);
    t.match(refusal, /^REFUSED namespaces-differ/);
    t.notMatch(refusal + holdfast.log(), 'token of red', 'tokens are passwords');
    await namespace(candidate, 'ADD', 'red', 'another token');
    t.match(await holdfast.refusal(...toCandidate), /^REFUSED namespaces-differ/);
    t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED no-candidate .*NAMESPACE GET/, 'nor without a name');
    await namespace(candidate, 'SET', 'red', 'token of red');
    t.equal((await holdfast.fields(...toCandidate)).text('outcome'), 'switched');
  },
);

await onEachKvrocks(
  t,
  'clients of several namespaces go on through switches, each with its own keys',
  async (t, start) => {
    const shard = await start(1, { requirepass: ADMIN });
    const holdfast = await holdfastFor(t, shard);
    for (const node of shard.nodes) for (const { name, token } of TENANTS) await namespace(node, 'ADD', name, token);
    const counts = new Map<string, number>();
    const failures: string[] = [];
    let isOver = false;
    const runs = TENANTS.map(async ({ name, login }) => {
      const client = await RawClient.connect({ host: '127.0.0.1', port: holdfast.port });
      t.teardown(() => client.close());
      t.match(await client.call(...login), /^[+*]/);
      for (let count = 1; !isOver; count++) {
        const reply = await client.call('INCR', 'same key');
        // Had the other written to the same key, or had one been lost or doubled, it would not be the next number.
        if (reply !== `:${count}\r\n`) failures.push(`${name}: ${reply} instead of ${count}`);
        counts.set(name, count);
        if (failures.length > 0) return;
      }
    });
    const written = (): number => [...counts.values()].reduce((sum, each) => sum + each, 0);
    await switchRounds(t, { holdfast, shard }, 4, async () => {
      const enough = written() + 50;
      await until(`${enough} writes`, () => written() >= enough || failures.length > 0);
    });
    isOver = true;
    await Promise.all(runs);
    t.same(failures, []);
  },
);
