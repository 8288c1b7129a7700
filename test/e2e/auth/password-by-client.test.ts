import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

/** Gives the client a connection of its own, for good. */
const OWN_LINK = ['CLIENT', 'NO-EVICT', 'ON'] as const;

for (const inMulti of [false, true]) {
  const how = inMulti ? 'in a transaction' : 'over a connection of its own';
  void t.test(`a password that a client sets ${how} is asked of those who come then`, async (t) => {
    const server = await RedisServer.start();
    const holdfast = await HoldfastInProcess.start(server.id);
    const client = await holdfast.client();
    t.teardown(async () => {
      client.close();
      await client.ended();
      await holdfast.stop();
      await server.dispose();
    });
    await client.call(...OWN_LINK);
    if (inMulti) await client.call('MULTI');
    await client.call('CONFIG', 'SET', 'requirepass', 'secret');
    if (inMulti) {
      await client.call('EXEC');
      await until('it is known', () => holdfast.shard.defaultUser.identity.generation > 0);
    }
    const late = await holdfast.client();
    t.match(await late.call('GET', 'a'), /^-NOAUTH/);
    late.close();
    t.equal(await client.call('CONFIG', 'SET', 'requirepass', ''), '+OK\r\n');
  });
}
