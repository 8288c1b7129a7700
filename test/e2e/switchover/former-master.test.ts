import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { Relay } from '../../support/relay.js';
import { until } from '../../support/until.js';

void t.test('a write that a former master never answers does not keep the next switchover from draining', async (t) => {
  const [from, to] = await Promise.all([RedisServer.start(), RedisServer.start()]);
  const relay = await Relay.start(from);
  const holdfast = await HoldfastInProcess.start(relay.id);
  const client = await holdfast.client();
  t.teardown(async () => {
    client.close();
    await holdfast.stop();
    await relay.close();
    await Promise.all([from.dispose(), to.dispose()]);
  });
  await client.call('GET', 'a');
  relay.judge(() => 'swallow');
  client.send(encodeCommand('SET', 'a', '1'));
  await until('the write is on its way', () => holdfast.shard.writesInFlight);
  await holdfast.shard.serve(to.id);
  holdfast.traffic.hold();
  await holdfast.traffic.drained(AbortSignal.timeout(5000));
  holdfast.traffic.release();
  t.equal(holdfast.traffic.clients()[0]?.waitsFor, 'replies', 'its client is told when it is known');
});
