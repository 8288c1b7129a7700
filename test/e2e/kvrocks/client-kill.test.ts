import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { until } from '../../support/until.js';

// Known from the source of Kvrocks: CLIENT KILL ends whoever meets one of its filters.
t.test('CLIENT KILL ends clients of Holdfast, and no connection of the server', async (t) => {
  const double = await KvrocksDouble.start();
  const holdfast = await HoldfastInProcess.start(double.id);
  t.teardown(async () => {
    await holdfast.stop();
    await double.dispose();
  });
  const [killer, victim, inMulti] = [await holdfast.client(), await holdfast.client(), await holdfast.client()];
  t.teardown(() => [killer, inMulti].forEach((client) => client.close()));
  for (const client of [killer, victim]) t.equal(await client.call('SET', 'a', '1'), '+OK\r\n');
  const connections = (): readonly number[] => [...double.connections.keys()];
  for (const line of ['MULTI', 'CLIENT KILL TYPE normal SKIPME yes ADDR 1.2.3.4:5', 'GET a', 'EXEC']) {
    t.match(await inMulti.call(...line.split(' ')), /^(\+OK|\+QUEUED|\*2\r\n:0\r\n\$1\r\n1\r\n)/);
  }
  const before = connections();
  for (const [line, answer] of [
    ['CLIENT KILL ADDR 1.2.3.4:5 TYPE normal', ':0\r\n'],
    ['CLIENT KILL ID 99999999 SKIPME yes', ':0\r\n'],
    ['CLIENT KILL 1.2.3.4:5', '-ERR No such client\r\n'],
    ['CLIENT KILL TYPE normal SKIPME yes', ':2\r\n'],
  ] as const) {
    t.equal(await killer.call(...line.split(' ')), answer);
  }
  await victim.ended();
  t.equal(await killer.call('GET', 'a'), '$1\r\n1\r\n');
  await until('the clients are gone', () => holdfast.shard.clients.size === 1);
  t.same(
    before.filter((id) => !connections().includes(id)),
    [],
    'every connection of the server is still there',
  );
});
