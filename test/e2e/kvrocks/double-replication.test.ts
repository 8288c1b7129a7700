import t from 'tap';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';

await t.test('a promotion waits for the tick, and the whole node with it', async (t) => {
  const shard = await startKvrocksShard(1);
  const [, replica] = shard.nodes;
  if (replica?.link === null || replica === undefined) throw new Error('a replica');
  const [operator, reader] = [await RawClient.connect(replica), await RawClient.connect(replica)];
  t.teardown(async () => {
    for (const client of [operator, reader]) client.close();
    await shard.dispose();
  });
  const tickAt = replica.link.timer.nextAfter(performance.now());
  const answers: string[] = [];
  const promoted = operator.call('SLAVEOF', 'NO', 'ONE').then(() => answers.push('promoted'));
  await until('the promotion is under way', () => replica.standsStill);
  const read = reader.call('GET', 'a').then(() => answers.push('read'));
  await Promise.all([promoted, read]);
  t.ok(performance.now() >= tickAt);
  t.same(answers, ['promoted', 'read']);
});

await t.test('a link that was killed is missed by its master at once, breaks, and is made again', async (t) => {
  const shard = await startKvrocksShard(1);
  const [master, replica] = shard.nodes;
  if (master === undefined || replica === undefined) throw new Error('two nodes');
  t.teardown(() => shard.dispose());
  const client = await RawClient.connect(master);
  t.equal(await client.call('CLIENT', 'KILL', 'TYPE', 'slave'), ':1\r\n');
  t.match(await client.call('INFO', 'replication'), 'connected_slaves:1', 'it is swept away later');
  await until('it broke', () => replica.link?.state === 'broken');
  const brokeAt = performance.now();
  t.match(await client.call('INFO', 'replication'), 'connected_slaves:0');
  await client.call('SET', 'a', '1');
  await until('it is up again', () => replica.link?.state === 'up');
  t.ok(performance.now() - brokeAt >= 990, 'it slept for a second');
  t.equal(await replica.server.send('GET', 'a'), '1');
  t.equal((await master.server.info('stats')).get('sync_full'), '1', 'the first one only');
  client.close();
});

await t.test('while the thread sleeps a promotion waits for its end', async (t) => {
  const shard = await startKvrocksShard(1);
  const [master, replica] = shard.nodes;
  if (master === undefined || replica === undefined) throw new Error('two nodes');
  t.teardown(() => shard.dispose());
  master.killReplicas();
  await until('it broke', () => replica.link?.state === 'broken');
  const wakesAt = replica.link?.timer.nextAfter(performance.now()) ?? 0;
  await replica.promote();
  t.ok(performance.now() >= wakesAt);
  t.equal(replica.master, null);
});

await t.test('a full synchronisation is restored: LOADING, no section, and ROLE ends the process', async (t) => {
  const shard = await startKvrocksShard(1, { restoreMs: 2 ** 30 });
  const [old, candidate] = shard.nodes;
  if (old === undefined || candidate === undefined) throw new Error('two nodes');
  const client = await RawClient.connect(old);
  t.teardown(async () => {
    client.close();
    await shard.dispose();
  });
  await candidate.promote();
  t.equal(await client.call('SET', 'of its own', '1'), '+OK\r\n');
  await client.call('CLIENT', 'KILL', 'TYPE', 'slave');
  await client.call('SLAVEOF', '127.0.0.1', String(candidate.port));
  await until('it restores', () => old.restoring);
  t.equal(await client.call('GET', 'a'), '-LOADING kvrocks is restoring the db from backup\r\n');
  t.equal(await client.call('PING'), '-LOADING kvrocks is restoring the db from backup\r\n');
  t.equal(await client.call('INFO', 'replication'), '$0\r\n\r\n');
  t.match(await client.call('INFO', 'server'), 'kvrocks_version');
  client.send(encodeCommand('ROLE'));
  await client.ended();
  t.match(old.crashed, 'ROLE');
});

await t.test('a node that ends in the middle of its answers just ends', async (t) => {
  const shard = await startKvrocksShard(0);
  const [node] = shard.nodes;
  if (node === undefined) throw new Error('a node');
  t.teardown(() => shard.dispose());
  const client = await RawClient.connect(node);
  client.send(Buffer.concat(Array.from({ length: 1000 }, () => encodeCommand('INFO', 'replication'))));
  await client.replies(1);
  await node.crash('a test says so');
  await client.ended();
});
