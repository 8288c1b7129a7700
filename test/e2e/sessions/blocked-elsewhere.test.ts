import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { startShard } from '../../support/shard.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

t.test('when somebody else moves the master, blocked clients go along', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { shard, candidate, client, holdfast } = stage;
  const waiting = await Promise.all(Array.from({ length: 5 }, () => holdfast.client()));
  for (const [at, each] of waiting.entries()) {
    each.send('BLPOP queue 0\r\n');
    await until('it is blocked', async () => {
      return Number((await shard.master.info('clients')).get('blocked_clients')) === at + 1;
    });
  }
  const reader = await holdfast.client();
  await client.call('XADD', 'stream', '1-1', 'f', 'old');
  reader.send('XREAD BLOCK 0 STREAMS stream $\r\n');
  await until('it is blocked', async () => {
    return Number((await shard.master.info('clients')).get('blocked_clients')) === waiting.length + 1;
  });
  await shard.inSync();
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await shard.master.send('REPLICAOF', candidate.host, String(candidate.port));
  await candidate.send('XADD', 'stream', '2-1', 'f', 'new');
  await until('Holdfast has noticed', async () => {
    return Number((await candidate.info('clients')).get('blocked_clients')) === waiting.length;
  });
  t.match((await reader.replies(1)).toString(), /\$3\r\nnew\r\n$/, 'no entry is missed');
  for (const [at, each] of waiting.entries()) {
    t.equal(await client.call('RPUSH', 'queue', String(at)), ':1\r\n');
    t.match(
      (await each.replies(1)).toString(),
      new RegExp(`\\$1\\r\\n${at}\\r\\n$`),
      'in the order in which they waited',
    );
  }
  for (const each of [...waiting, reader]) each.close();
});

t.test('when no other master is found, they are told what the server said', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const holdfast = await HoldfastInProcess.start(shard.master.id, { outageHoldMs: 50 });
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  client.send('BLPOP queue 0\r\n');
  await until('it is blocked', async () => {
    return Number((await shard.master.info('clients')).get('blocked_clients')) === 1;
  });
  const [to = shard.master] = shard.replicas;
  await shard.master.send('REPLICAOF', to.host, String(to.port));
  t.match((await client.replies(1)).toString(), /^-UNBLOCKED force unblock/);
  t.match(await client.call('BLPOP', 'queue', '0'), /^-READONLY /);
  t.equal(await client.call('PING'), '+PONG\r\n');
});
