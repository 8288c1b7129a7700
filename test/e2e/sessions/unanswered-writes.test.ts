import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { sendLines } from './support/loaded-stage.js';

const LARGE = 'x'.repeat(400_000);

void t.test('writes that nobody answers are waited for before the master moves', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const { shard, traffic } = holdfast;
  const forwarded = (): number => shard.stats.commands.read + shard.stats.commands.write;

  const cases: Readonly<Record<string, readonly string[]>> = {
    OFF: ['CLIENT REPLY OFF', 'INCR k'],
    SKIP: ['CLIENT REPLY SKIP', 'INCR k'],
    'SKIP, and the next SKIP is pending': ['CLIENT REPLY SKIP', 'INCR k', 'CLIENT REPLY SKIP'],
    'a transaction': ['CLIENT REPLY OFF', 'MULTI', 'INCR k', 'EXEC'],
    'an open transaction behind it': ['CLIENT REPLY OFF', 'INCR k', 'MULTI', 'INCR other'],
    'a blocked call behind it': ['CLIENT REPLY OFF', 'INCR k', 'BLPOP nothing 0'],
  };
  for (const [what, lines] of Object.entries(cases)) {
    const client = await holdfast.client();
    await client.call('WATCH', 'own-connection');
    await client.call('CLIENT', 'REPLY', 'ON');
    await server.send('SET', 'k', '0');
    await server.freeze();
    const before = forwarded();
    sendLines(client, ...lines);
    await until('all of it was sent on', () => forwarded() === before + lines.length);
    traffic.hold();
    t.equal(shard.writesInFlight, true, what);
    server.resume();
    await traffic.drained(AbortSignal.timeout(10_000));
    t.equal(await server.send('GET', 'k'), '1');
    traffic.release();
    if (what.startsWith('SKIP,')) {
      sendLines(client, 'PING', 'ECHO end');
      t.equal((await client.replies(1)).toString(), '$3\r\nend\r\n', 'the second SKIP still counts');
    }
    client.close();
  }
});

void t.test('a large request that nobody answers is waited for', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  sendLines(client, 'CLIENT REPLY OFF', 'INCR before');
  await until('it is silent', async () => (await server.send('GET', 'before')) === '1');
  holdfast.traffic.hold();
  await holdfast.traffic.drained(AbortSignal.timeout(10_000));
  holdfast.traffic.release();
  t.equal(holdfast.shard.writesInFlight, false);
  await server.freeze();
  client.send(encodeCommand('SET', 'large', LARGE));
  await until('it is under way', () => holdfast.shard.writesInFlight);
  holdfast.traffic.hold();
  server.resume();
  await holdfast.traffic.drained(AbortSignal.timeout(10_000));
  t.equal(await server.send('STRLEN', 'large'), LARGE.length);
  holdfast.traffic.release();
  sendLines(client, 'CLIENT REPLY ON', 'PING');
  t.equal((await client.replies(2)).toString(), '+OK\r\n+PONG\r\n');
  client.close();
});

void t.test('unanswered writes of a client that has gone are waited for, too', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  await client.call('WATCH', 'own-connection');
  await client.call('CLIENT', 'REPLY', 'ON');
  await server.freeze();
  sendLines(client, 'CLIENT REPLY OFF', ...Array.from({ length: 1000 }, () => 'INCR k'));
  client.socket.end();
  await until('the client is gone', () => holdfast.shard.clients.size === 0);
  holdfast.traffic.hold();
  t.equal(holdfast.shard.writesInFlight, true);
  server.resume();
  await holdfast.traffic.drained(AbortSignal.timeout(10_000));
  t.equal(await server.send('GET', 'k'), '1000');
  await until('its connection is gone', () => holdfast.shard.upstreams('private') === 0);
});
