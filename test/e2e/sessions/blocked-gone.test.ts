import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const MB = 1024 * 1024;
const KEPT = 16 * MB;

const server = await RedisServer.start();
t.teardown(() => server.dispose());
const holdfast = await HoldfastInProcess.start(server.id);
t.teardown(() => holdfast.stop());

const setting = (key: string, bytes: number): Buffer => encodeCommand('SET', key, Buffer.alloc(bytes, 'x'));

async function waiting(count: number): Promise<void> {
  await until(`${count} are blocked`, async () => {
    return Number((await server.info('clients')).get('blocked_clients')) === count;
  });
}

async function takesNothing(t: Test, client: RawClient): Promise<void> {
  client.close();
  await waiting(0);
  await server.send('ZADD', 'z', '1', 'element');
  t.equal(await server.send('ZCARD', 'z'), 1);
  await server.send('DEL', 'z');
}

await t.test('a blocked client that goes takes no element, whatever it has sent behind its call', async (t) => {
  for (const bytes of [0, 256 * 1024, 2 * MB]) {
    const client = await holdfast.client();
    client.send(Buffer.concat([encodeCommand('BZPOPMAX', 'z', '0'), setting('s', bytes)]));
    await waiting(1);
    await takesNothing(t, client);
  }
});

await t.test('the same when its call was held at first, and what it sent stood in the way', async (t) => {
  const client = await holdfast.client();
  holdfast.traffic.hold();
  client.send(Buffer.concat([encodeCommand('BZPOPMAX', 'z', '0'), setting('s', MB)]));
  await until('it is held, and not read', () => {
    return [...holdfast.shard.clients.values()].some(
      (each) => each.waitsFor === 'held' && each.input.length > 64 * 1024,
    );
  });
  holdfast.traffic.release();
  await waiting(1);
  await takesNothing(t, client);
});

await t.test('what a blocked client sends is bounded, and none of it is lost', async (t) => {
  const client = await holdfast.client();
  const count = 40;
  client.send(encodeCommand('BLPOP', 'list', '0'));
  for (let at = 0; at < count; at++) client.send(setting(`s${at}`, MB));
  await until('it is read up to the bound', () => {
    return [...holdfast.shard.clients.values()].some((each) => each.input.length > KEPT);
  });
  for (let round = 0; round < 100; round++) await server.send('PING');
  for (const each of holdfast.shard.clients.values()) t.ok(each.keptBytes < KEPT + 2 * MB, `${each.keptBytes} bytes`);
  await server.send('RPUSH', 'list', 'element');
  const replies = (await client.replies(1 + count)).toString();
  t.equal(replies, `*2\r\n$4\r\nlist\r\n$7\r\nelement\r\n${'+OK\r\n'.repeat(count)}`);
  t.equal(await server.send('DBSIZE'), count);
  client.close();
});
