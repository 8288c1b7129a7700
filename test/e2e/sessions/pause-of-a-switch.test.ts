import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

void t.test('CLIENT UNPAUSE in a transaction does not end the pause of a switchover', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  const [client, direct] = [await holdfast.client(), await RawClient.connect(server)];
  t.teardown(async () => {
    client.close();
    direct.close();
    await holdfast.stop();
    await server.dispose();
  });
  await client.call('MULTI');
  await client.call('CLIENT', 'UNPAUSE');
  holdfast.traffic.hold();
  await server.send('CLIENT', 'PAUSE', '60000', 'WRITE');
  client.send(encodeCommand('EXEC'));
  const [session] = holdfast.shard.clients.values();
  await until('EXEC is held', () => session?.waitsFor === 'held');
  direct.send(encodeCommand('SET', 'a', '1'));
  t.equal(await server.send('GET', 'a'), null, 'writes past Holdfast wait as well');
  holdfast.traffic.release();
  t.equal((await client.replies(1)).toString(), '*1\r\n+OK\r\n');
  t.equal((await direct.replies(1)).toString(), '+OK\r\n');
});
