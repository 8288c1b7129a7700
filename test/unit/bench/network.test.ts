import t from 'tap';
import { Network, roundTripMs } from '../../../bench/network/network.js';
import { parseNodeId } from '../../../src/config/node-address.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';

const DELAY_MS = 1.5;

await t.test('what goes over a slow network takes its time each way, and keeps its order', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const network = Network.start(DELAY_MS);
  t.teardown(() => network.close());
  const id = await network.reach(server.id);
  t.not(id, server.id);
  const trip = await roundTripMs(id);
  t.ok(trip >= 2 * DELAY_MS, `a round trip took ${trip} ms`);

  const address = parseNodeId(id);
  if (address === null) throw new Error(`not an address: ${id}`);
  const client = await RawClient.connect(address);
  t.teardown(() => client.close());
  const numbers = Array.from({ length: 500 }, (_, number) => number + 1);
  // One write each: they are kept back one by one.
  for (const _ of numbers) client.send(Buffer.from('INCR n\r\n'));
  const replies = String(await client.replies(numbers.length));
  t.equal(replies, numbers.map((number) => `:${number}\r\n`).join(''));
});

await t.test('without a delay everybody is reached directly', async (t) => {
  const network = Network.start(0);
  t.equal(await network.reach('127.0.0.1:1'), '127.0.0.1:1');
  await network.close();
});
