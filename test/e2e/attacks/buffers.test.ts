import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const MB = 1024 * 1024;
const CAP = 32 * MB;

t.test('all clients together keep no more waiting than max_buffered_bytes', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const lines: string[] = [];
  const note = (_fields: object, message: string): void => {
    lines.push(message);
  };
  const holdfast = await HoldfastInProcess.start(server.id, {
    maxBufferedBytes: CAP,
    log: { debug: note, info: note, warn: note, error: note },
  });
  t.teardown(() => holdfast.stop());
  const { shard } = holdfast;
  const kept = (): number => [...shard.clients.values()].reduce((sum, client) => sum + client.keptBytes, 0);
  const honest = await holdfast.client();
  await server.send('SET', 'large', 'x'.repeat(MB));

  const crowd = async (count: number): Promise<RawClient[]> => {
    const clients = await Promise.all(Array.from({ length: count }, () => holdfast.client()));
    t.teardown(() => clients.forEach((client) => client.close()));
    return clients;
  };
  const bounded = async (clients: readonly RawClient[], what: string): Promise<void> => {
    const before = shard.stats.closed['buffers-full'];
    let acknowledged = 0;
    let most = 0;
    await until(`${what}: the first are disconnected`, async () => {
      t.equal(await honest.call('SET', 'honest', String(acknowledged)), '+OK\r\n');
      acknowledged++;
      most = Math.max(most, kept());
      return shard.stats.closed['buffers-full'] > before && kept() <= CAP;
    });
    t.ok(most < 3 * CAP, `${what}: ${Math.round(most / MB)} MB at most`);
    t.ok(shard.stats.closed['buffers-full'] - before < clients.length, 'not all of them: as few as will do');
    t.equal(await honest.call('GET', 'honest'), `$${String(acknowledged - 1).length}\r\n${acknowledged - 1}\r\n`);
    t.ok(lines.includes('a client is disconnected'));
    for (const client of clients) client.close();
    await until(
      'they are gone and the pressure with them',
      () => shard.clients.size === 1 && !shard.bufferCap.pressing,
    );
  };

  t.test('requests that are gathered because their arguments matter', async (t) => {
    const clients = await crowd(8);
    // SUBSCRIBE is kept up to 16 MB; its end never comes.
    for (const client of clients) {
      client.send('*2\r\n$9\r\nSUBSCRIBE\r\n$15000000\r\n');
      client.send(Buffer.alloc(10 * MB, 'x'));
    }
    await bounded(clients, 'gathered requests');
    t.ok(lines.includes('clients keep much waiting: those that do not read are not read'));
  });

  t.test('open transactions', async () => {
    const clients = await crowd(8);
    const queued = Buffer.concat([
      encodeCommand('MULTI'),
      ...Array.from({ length: 50 }, () => encodeCommand('SET', 'a', 'x'.repeat(200_000))),
    ]);
    for (const client of clients) client.send(queued);
    await bounded(clients, 'transactions');
  });

  t.test('replies that nobody reads', async (t) => {
    const clients = await crowd(40);
    for (const client of clients) {
      client.socket.pause();
      client.send(Buffer.concat(Array.from({ length: 30 }, () => encodeCommand('GET', 'large'))));
    }
    const before = shard.stats.closed['buffers-full'];
    let most = 0;
    // Back-pressure may be enough, or the greediest are disconnected: either way it stays below.
    await until('what they asked for has come as far as it may', async () => {
      most = Math.max(most, kept());
      await honest.call('PING');
      return shard.bufferCap.pressing || shard.stats.closed['buffers-full'] > before;
    });
    for (let round = 0; round < 200; round++) {
      t.equal(await honest.call('SET', 'honest', 'x'), '+OK\r\n');
      most = Math.max(most, kept());
    }
    t.ok(most < 3 * CAP, `${Math.round(most / MB)} MB at most`);
    for (const client of clients) client.close();
    await until('the pressure is gone', () => shard.clients.size === 1 && !shard.bufferCap.pressing);
    t.equal(await honest.call('PING'), '+PONG\r\n');
  });
});
