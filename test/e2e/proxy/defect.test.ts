import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';

void t.test('a defect that one command meets ends the connection of its client, and of nobody else', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  const [client, other] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [client, other].forEach((each) => each.close()));
  holdfast.shard.scripts.remember = () => {
    throw new Error('planted');
  };
  client.send('EVAL "return 1" 0\r\n');
  t.equal((await client.ended()).toString(), '');
  t.equal(await other.call('PING'), '+PONG\r\n');
  t.equal(holdfast.traffic.counters().closed['internal-error'], 1);
});
