import t, { type Test } from 'tap';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.js';
import { RawClient } from '../../support/raw-client.js';
import { follow, startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';
import { runHoldfast, ServeProcess, type ServeOptions } from '../../support/serve-process.js';

async function launch(t: Test, options: ServeOptions): Promise<ServeProcess> {
  const holdfast = await ServeProcess.launch(options);
  t.teardown(() => holdfast.dispose());
  return holdfast;
}

async function shows(holdfast: ServeProcess, problem: RegExp): Promise<void> {
  await until(`STATUS shows ${problem}`, async () => problem.test((await holdfast.fields('STATUS')).text('problem')));
}

void t.test('before its nodes, it waits for them, and its clients with it', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  for (const server of shard.servers) await server.kill();
  const holdfast = await launch(t, { nodes: shard.ids, flags: ['--outage-hold-ms=60000'] });
  await shows(holdfast, /no node that answers is a master .*connection refused/);
  t.equal((await holdfast.get('/healthz')).status, 200);
  const readiness = await holdfast.get('/readyz');
  t.match([readiness.status, readiness.body], [503, /no node that answers is a master/]);
  const client = await holdfast.client();
  t.teardown(() => client.close());
  const reply = client.call('INCR', 'early');
  for (const server of shard.servers) await server.restart();
  t.equal(await reply, ':1\r\n');
  await holdfast.ready();
  t.equal((await holdfast.fields('STATUS')).text('master'), shard.master.id);
});

void t.test('with two masters, none is served until a person has decided', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a shard with a replica');
  await replica.send('REPLICAOF', 'NO', 'ONE');
  const holdfast = await launch(t, { nodes: shard.ids, flags: ['--outage-hold-ms=0'] });
  await shows(holdfast, /more than one node says it is a master/);
  t.equal((await holdfast.get('/readyz')).status, 503);
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.match(await client.call('INCR', 'nowhere'), /^-MASTERDOWN /);
  t.equal(await shard.master.send('EXISTS', 'nowhere'), 0);
  await follow(replica, shard.master);
  await holdfast.ready();
  t.equal(await client.call('INCR', 'somewhere'), ':1\r\n');
});

void t.test('with replicas alone, nothing is served', async (t) => {
  const shard = await startShard({ replicas: 2 });
  t.teardown(() => shard.dispose());
  const holdfast = await launch(t, { nodes: shard.replicas.map(({ id }) => id) });
  await shows(holdfast, /no node says it is a master/);
  t.equal((await holdfast.get('/readyz')).status, 503);
});

void t.test('a switchover by somebody else is followed', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a shard with a replica');
  const holdfast = await launch(t, { nodes: shard.ids, flags: ['--probe-interval-ms=50'] });
  await holdfast.ready();
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('INCR', 'n'), ':1\r\n');
  await shard.inSync();
  await replica.send('REPLICAOF', 'NO', 'ONE');
  await follow(shard.master, replica);
  await until('it is followed', async () => (await holdfast.fields('STATUS')).text('master') === replica.id);
  t.equal(await client.call('INCR', 'n'), ':2\r\n');
  t.equal(await replica.send('GET', 'n'), '2');
});

void t.test('a port that is taken is one clear line', async (t) => {
  const shard = await startShard({ replicas: 0 });
  t.teardown(() => shard.dispose());
  const holdfast = await launch(t, {
    nodes: ['127.0.0.1:1'],
    flags: [`--listen=${shard.master.host}:${shard.master.port}`],
  });
  t.not(await holdfast.ended(), 0);
  const lines = holdfast
    .log()
    .split('\n')
    .filter((line) => line.includes(`can not listen on`));
  t.equal(lines.length, 1);
  t.match(lines[0], new RegExp(`${shard.master.id}: the address is in use`));
  t.notMatch(holdfast.log(), /\n\s+at /, 'no stack trace');
});

void t.test('all that is wrong is told at once', async (t) => {
  const result = await runHoldfast(
    'serve',
    '--node=nonsense',
    '--sync-timeout-ms=soon',
    '--listen=1:2:3',
    '--unheard-of=1',
  );
  t.equal(result.status, 2);
  t.equal(result.stdout, '');
  for (const [name, value] of [
    ['node', 'nonsense'],
    ['sync_timeout_ms', 'soon'],
    ['listen', '1:2:3'],
    ['unheard-of', ''],
  ] as const) {
    t.ok(
      result.stderr.split('\n').some((line) => line.includes(name) && line.includes(value)),
      `${name} is named with its value: ${result.stderr}`,
    );
  }
  const rules = await runHoldfast('serve', '--node=127.0.0.1:1', '--sync-timeout-ms=400', '--pause-timeout-ms=500');
  t.equal(rules.status, 2);
  t.match(rules.stderr, /pause_timeout_ms \(500\) must be more than sync_timeout_ms \(400\)/);
});

void t.test('a state directory that can not be one', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const holdfast = await launch(t, { nodes: ['127.0.0.1:1'], stateDir: join(file, 'state') });
  t.equal(await holdfast.ended(), 2);
  t.match(holdfast.log(), new RegExp(join(file, 'state')));
  t.notMatch(holdfast.log(), /\n\s+at /);
});

void t.test('sockets, addresses and names', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-socket-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'clients.sock');
  const port = await freePort();
  const names = shard.servers.map((server) => `localhost:${server.port}`);
  const holdfast = await launch(t, { nodes: names, flags: [`--listen=unix:${path}`, `--listen=[::1]:${port}`] });
  await holdfast.ready();
  for (const target of [{ path }, { host: '::1', port }]) {
    const client = await RawClient.connect(target);
    t.match(await client.call('INCR', 'n'), /^:/, JSON.stringify(target));
    client.close();
  }
  // The replica knows its master by address; the switch and the next one back work all the same.
  const answer = await holdfast.fields('SWITCHOVER', 'TO', 'localhost', String(shard.replicas[0]?.port));
  t.same([answer.text('outcome'), answer.text('settled')], ['switched', 'yes']);
  t.same(answer.map('resync'), { [names[0] ?? '']: 'partial' });
  t.equal(await holdfast.refusal('SWITCHOVER'), '');
  t.equal((await holdfast.fields('STATUS')).number('epoch'), 2);
});
