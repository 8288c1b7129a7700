import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

await t.test('while a switch holds, it looks only at clients with a connection of their own', async (t) => {
  const servers = await startShard({ replicas: 1 });
  const holdfast = await HoldfastInProcess.start(servers.master.id);
  t.teardown(() => Promise.all([holdfast.stop(), servers.dispose()]));
  const { clients, gate, linked } = holdfast.shard;
  const [transaction, subscriber, ...others] = await Promise.all(Array.from({ length: 20 }, () => holdfast.client()));
  if (transaction === undefined || subscriber === undefined) return;
  for (const other of others) await other.call('PING');
  await transaction.call('MULTI');
  await transaction.call('INCR', 'counter');
  await subscriber.call('SUBSCRIBE', 'news');
  t.equal(linked.size, 2);

  let walks = 0;
  const values = clients.values.bind(clients);
  clients.values = () => {
    if (gate.isHeldBy('switchover')) walks++;
    return values();
  };
  const [from, to] = servers.servers;
  if (from === undefined || to === undefined) return;
  await holdfast.move(from, to);
  t.equal(walks, 0);

  t.equal(await transaction.call('EXEC'), '*1\r\n:1\r\n');
  t.equal(await others[0]?.call('PUBLISH', 'news', 'moved'), ':1\r\n');
  t.equal((await subscriber.replies(1)).toString(), '*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nmoved\r\n');
  t.equal(linked.size, 1, 'a connection that was given back counts no more');
  subscriber.close();
  await until('the subscriber is gone', () => clients.size === others.length + 1);
  t.equal(linked.size, 0, 'nor does that of a client that is gone');
});

await t.test('what the first of many held clients said leaves before the last is looked at', async (t) => {
  const servers = await startShard({ replicas: 0 });
  const holdfast = await HoldfastInProcess.start(servers.master.id);
  t.teardown(() => Promise.all([holdfast.stop(), servers.dispose()]));
  const { gate, stats, turn } = holdfast.shard;
  const clients = await Promise.all(Array.from({ length: 80 }, () => holdfast.client()));
  for (const client of clients) await client.call('PING');
  gate.close('hand', 'writes');
  const replies = clients.map((client) => client.call('INCR', 'counter'));
  await until('all are held', () => gate.heldCount === clients.length);
  const stillHeld: number[] = [];
  const finish = turn.finish.bind(turn);
  turn.finish = () => {
    stillHeld.push(stats.held.waiting);
    finish();
  };
  gate.open('hand');
  t.ok((stillHeld[0] ?? 0) > 0, `${stillHeld[0]} of ${clients.length} were still held when the first commands left`);
  t.equal(new Set(await Promise.all(replies)).size, clients.length, 'each ran once');
  t.equal(stats.held.waiting, 0, 'and none counts as held any more');
});
