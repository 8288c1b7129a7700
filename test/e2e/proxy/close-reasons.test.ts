import t from 'tap';
import type { CloseReason } from '../../../src/errors/close-reasons.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const server = await RedisServer.start();
t.teardown(() => server.dispose());
const lines: unknown[] = [];
const note = (fields: object, message: string): void => {
  if (message === 'a client is disconnected') lines.push('reason' in fields ? fields.reason : null);
};
const holdfast = await HoldfastInProcess.start(server.id, {
  log: { debug: note, info: note, warn: note, error: note },
});
const { shard } = holdfast;
const counted = (): Partial<Record<CloseReason, number>> =>
  Object.fromEntries(Object.entries(shard.stats.closed).filter(([, count]) => count > 0));

await t.test('a client that goes by itself is not counted', async (t) => {
  const [leaver, quitter, halfCloser] = await Promise.all([holdfast.client(), holdfast.client(), holdfast.client()]);
  t.equal(await quitter.call('QUIT'), '+OK\r\n');
  await quitter.ended();
  await leaver.call('MULTI');
  leaver.close();
  halfCloser.socket.end(encodeCommand('PING'));
  t.equal((await halfCloser.ended()).toString(), '+PONG\r\n');
  await until('all are gone', () => shard.clients.size === 0);
  t.same(counted(), {});
});

await t.test('what is no protocol, and a word of HTTP', async (t) => {
  for (const said of ['*1\r\nPING\r\n', 'POST / HTTP/1.1\r\n']) {
    const client = await holdfast.client();
    client.send(said);
    await client.ended();
    client.close();
  }
  t.same(counted(), { 'protocol-error': 2 });
});

await t.test('CLIENT KILL, by oneself and by another', async (t) => {
  const [one, other] = await Promise.all([holdfast.client(), holdfast.client()]);
  const id = async (): Promise<string> => (await one.call('CLIENT', 'ID')).slice(1, -2);
  t.equal(await other.call('CLIENT', 'KILL', 'ID', await id()), ':1\r\n');
  await one.ended();
  t.equal(await other.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'), ':1\r\n');
  await other.ended();
  other.close();
  t.same(counted(), { 'protocol-error': 2, killed: 2 });
});

await t.test('its connection to the server breaks: with state on it, and in the middle of a reply', async (t) => {
  const client = await holdfast.client();
  await client.call('SUBSCRIBE', 'news');
  await server.send('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await client.ended();
  t.same(counted(), { 'protocol-error': 2, killed: 2, 'state-lost': 1 });

  await server.send('SET', 'large', 'x'.repeat(64 * 1024 * 1024));
  const reader = await holdfast.client();
  reader.socket.pause();
  reader.send(encodeCommand('GET', 'large'));
  await until('some of the reply is there', () => [...shard.clients.values()].some((each) => each.output.unsent > 0));
  await server.send('CLIENT', 'KILL', 'TYPE', 'normal');
  reader.socket.resume();
  await reader.ended();
  t.same(counted(), { 'protocol-error': 2, killed: 2, 'state-lost': 1, 'half-reply': 1 });
  reader.close();
});

await t.test('Holdfast stops', async (t) => {
  const clients = await Promise.all(Array.from({ length: 3 }, () => holdfast.client()));
  await clients[0]?.call('MULTI');
  await holdfast.stop();
  await Promise.all(clients.map((client) => client.ended()));
  t.equal(counted()['shutting-down'], 3);
  const total = Object.values(shard.stats.closed).reduce((sum, count) => sum + count, 0);
  t.equal(lines.length, total, 'each stands in the log too');
  t.notOk(lines.includes(null));
});
