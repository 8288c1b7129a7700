import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

void t.test('a client whose connection to the server broke behind CLIENT REPLY SKIP harms nobody', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  const [client, other] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [client, other].forEach((each) => each.close()));
  client.send('CLIENT REPLY SKIP\r\n');
  const [session] = holdfast.shard.clients.values();
  await until('the server keeps silent', () => session?.link?.state.replies === 'skip');
  await server.send('CLIENT', 'KILL', 'TYPE', 'normal');
  await until('its connection is gone', () => session?.link?.upstream.closed === true);
  client.send('CLIENT ID\r\n');
  t.equal((await client.ended()).toString(), '', 'what the server kept silent to is not known: the client must know');
  t.equal(await other.call('PING'), '+PONG\r\n');
});
