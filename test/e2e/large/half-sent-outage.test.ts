import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { Relay } from '../../support/relay.js';
import { until } from '../../support/until.js';

void t.test(
  'a write and half a request meet an outage: of the write nobody knows, the request did not run',
  async (t) => {
    const server = await RedisServer.start();
    const relay = await Relay.start(server);
    const holdfast = await HoldfastInProcess.start(relay.id, { outageHoldMs: 100 });
    const client = await holdfast.client();
    t.teardown(async () => {
      client.close();
      await holdfast.stop();
      await relay.close();
      await server.dispose();
    });
    await client.call('CLIENT', 'NO-EVICT', 'ON');
    const [session] = holdfast.shard.clients.values();
    relay.mute(/NO-EVICT/);
    const large = encodeCommand('SET', 'b', 'x'.repeat(300_000));
    client.send(Buffer.concat([encodeCommand('SET', 'a', '1'), large.subarray(0, 200_000)]));
    await until('both are on their way', () => session?.outstanding === 1 && session.input.length === 0);
    await holdfast.shard.serve(null);
    client.send(large.subarray(200_000));
    t.match((await client.replies(2)).toString(), /^-OUTCOMEUNKNOWN [^\r]*\r\n-TRYAGAIN [^\r]*\r\n$/);
  },
);
