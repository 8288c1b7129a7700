import { createHash } from 'node:crypto';
import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { until } from '../../support/until.js';

const KIB = 1024;
/** Above and below what gets memory of its own, what a block takes, what is read at once, and what passes through as it arrives. */
const SIZES = [1, 16 * KIB - 40, 16 * KIB, 17 * KIB, 64 * KIB, 100 * KIB, 128 * KIB, 200 * KIB, 256 * KIB, 300 * KIB];

/** Bytes that no other value has, anywhere. */
function valueOf(seed: string, size: number): Buffer {
  return Buffer.alloc(size, createHash('sha512').update(seed).digest());
}

t.test(
  'values of every size, several in a write, from several clients at once, are theirs to the last byte',
  async (t) => {
    const server = await RedisServer.start();
    t.teardown(() => server.dispose());
    const holdfast = await HoldfastInProcess.start(server.id);
    t.teardown(() => holdfast.stop());
    const wrong: string[] = [];
    const isRight = async (client: RawClient, key: string, value: Buffer): Promise<void> => {
      client.send(encodeCommand('GET', key));
      const wanted = Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);
      if (!(await client.replies(1)).equals(wanted)) wrong.push(key);
    };
    const writeAll = async (name: string): Promise<void> => {
      const client = await holdfast.client();
      t.teardown(() => client.close());
      const direct = await RawClient.connect({ host: server.host, port: server.port });
      t.teardown(() => direct.close());
      for (let round = 0; round < scaled(3, 100); round++) {
        const values = SIZES.map((size, at) => valueOf(`${name} ${round} ${at}`, size));
        // Each alone, then all in one write, with small ones between them.
        for (const [at, value] of values.entries()) {
          const reply = await client.call('SET', `${name}:${at}`, value);
          if (reply !== '+OK\r\n') wrong.push(`${name}:${at} is answered ${reply}`);
          await isRight(direct, `${name}:${at}`, value);
        }
        const requests = values.flatMap((value, at) => [
          encodeCommand('INCR', name),
          encodeCommand('SET', `${name}:all:${at}`, value),
        ]);
        client.send(Buffer.concat(requests));
        await client.replies(requests.length);
        for (const [at, value] of values.entries()) await isRight(client, `${name}:all:${at}`, value);
      }
      const count = String(scaled(3, 100) * SIZES.length);
      t.equal(await client.call('GET', name), `$${count.length}\r\n${count}\r\n`);
    };
    await Promise.all(['ann', 'bob', 'cid'].map(writeAll));
    t.same(wrong, []);
  },
);

t.test('a switch waits for the replies to writes of every size', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const { shard } = holdfast;
  for (const size of SIZES) {
    const client = await holdfast.client();
    t.teardown(() => client.close());
    // So that it has a lane, and takes the short way.
    await client.call('PING');
    const { write } = shard.stats.commands;
    // The server keeps the write, and does not answer.
    await server.send('CLIENT', 'PAUSE', '60000', 'WRITE');
    const written = client.call('SET', 'value', Buffer.alloc(size));
    await until('it has been sent', () => shard.stats.commands.write > write || shard.writesInFlight);
    t.equal(shard.writesInFlight, true, `${size} bytes`);
    await server.send('CLIENT', 'UNPAUSE');
    t.equal(await written, '+OK\r\n');
    t.equal(shard.writesInFlight, false);
  }
});

t.test('a client whose lane has no room waits, and goes on when the server takes something', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('PING'), '+PONG\r\n');
  await server.freeze();
  // More than the lane, the kernel and the client's input take, and fewer requests than a lane takes of one client.
  const count = 200;
  const value = Buffer.alloc(100 * KIB, 'x');
  for (let at = 0; at < count; at++) client.send(encodeCommand('SET', `waits:${at}`, value));
  await until('it waits for room', () =>
    [...holdfast.shard.clients.values()].some(({ waitsFor, lane }) => waitsFor === 'upstream' && lane?.full === true),
  );
  server.resume();
  t.equal((await client.replies(count)).toString(), '+OK\r\n'.repeat(count));
  t.equal(await server.send('DBSIZE'), count);
});
