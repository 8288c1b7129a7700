import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { Refusals } from '../../../src/log/refusals.js';
import { Listener } from '../../../src/proxy/entrance/listener.js';
import { collectorOfGarbage } from '../../support/collect-garbage.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const KEEPERS = 20;
const SMALL = 1000;
const LARGE = 100_000;
/** A small block for each of them, and what their connections take besides. */
const KEPT_MAX = 64 * 1024;

t.test('clients that leave a small reply unread keep no more memory than that', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const { shard } = holdfast;
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  // The kernel keeps far less for a Unix socket than for TCP, so it is soon full.
  const path = join(directory, 'socket');
  const log = shard.options.log;
  const refusals = new Refusals(log, () => performance.now());
  const options = { maxClients: 1000, tls: null, proxyProtocolFrom: [], handshakeTimeoutMs: 10_000, refusals, log };
  const listener = new Listener(shard, options);
  await listener.listen({ kind: 'unix', path });
  t.teardown(() => listener.stop());
  await server.send('SET', 'small', 'x'.repeat(SMALL));
  await server.send('SET', 'large', 'x'.repeat(LARGE));

  /** A client that asks for `key`, until something of it is unsent. */
  const deaf = async (key: string): Promise<RawClient> => {
    const client = await RawClient.connect({ path });
    client.socket.pause();
    const question = encodeCommand('GET', key);
    for (let asked = 0; ;) {
      client.send(question);
      const before = shard.stats.commands.read;
      while (shard.stats.commands.read === before) await nextTurn();
      const itself = [...shard.clients.values()].at(-1);
      while (itself !== undefined && itself.outstanding > 0) await nextTurn();
      if (itself === undefined || itself.output.unsent > 0) return client;
      if (++asked > 10_000) throw new Error('the kernel takes everything');
    }
  };

  const collect = collectorOfGarbage();
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < KEEPERS; count++) {
    const keeper = await deaf('small');
    t.teardown(() => keeper.close());
    // Others leave more, and are gone again.
    for (let other = 0; other < 5; other++) (await deaf('large')).close();
  }
  await until('only those who keep something are there', () => shard.clients.size === KEEPERS);
  const unsent = [...shard.clients.values()].map((client) => client.output.unsent);
  t.ok(
    unsent.every((bytes) => bytes > 0 && bytes < 2 * SMALL),
    `unsent: ${unsent.join(', ')}`,
  );
  collect();
  const growth = process.memoryUsage().arrayBuffers - before;
  t.ok(growth < KEEPERS * KEPT_MAX, `${Math.round(growth / 1024)} KiB for ${KEEPERS} clients`);
});
