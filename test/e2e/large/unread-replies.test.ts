import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Refusals } from '../../../src/log/refusals.js';
import { Listener } from '../../../src/proxy/entrance/listener.js';
import type { Shard } from '../../../src/proxy/shard.js';
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

/** Holdfast in this process, on a Unix socket: the kernel keeps far less for one than for TCP, so it is soon full. */
class Scene {
  readonly server: RedisServer;
  readonly shard: Shard;
  readonly #path: string;
  readonly #clients = new Set<RawClient>();

  private constructor(server: RedisServer, shard: Shard, path: string) {
    this.server = server;
    this.shard = shard;
    this.#path = path;
  }

  static async set(t: Test): Promise<Scene> {
    const server = await RedisServer.start();
    t.teardown(() => server.dispose());
    const holdfast = await HoldfastInProcess.start(server.id);
    t.teardown(() => holdfast.stop());
    const { shard } = holdfast;
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const path = join(directory, 'socket');
    const { log } = shard.options;
    const refusals = new Refusals(log, () => performance.now());
    const options = { maxClients: 1000, tls: null, proxyProtocolFrom: [], handshakeTimeoutMs: 10_000, refusals, log };
    const listener = new Listener(shard, options);
    await listener.listen({ kind: 'unix', path });
    t.teardown(() => listener.stop());
    const scene = new Scene(server, shard, path);
    t.teardown(() => scene.#clients.forEach((client) => client.close()));
    return scene;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect({ path: this.#path });
    this.#clients.add(client);
    return client;
  }

  /** Nothing here keeps what it has read. */
  close(client: RawClient): void {
    client.close();
    this.#clients.delete(client);
  }

  /** A client that reads nothing and asks for `key`, one after the other, until a reply is not taken. @returns how often it asked. */
  async deaf(key: string): Promise<{ readonly client: RawClient; readonly asked: number }> {
    const { shard } = this;
    const client = await this.client();
    client.socket.pause();
    const question = encodeCommand('GET', key);
    for (let asked = 1; asked < 10_000; asked++) {
      const before = shard.stats.commands.read;
      client.send(question);
      while (shard.stats.commands.read === before) await nextTurn();
      const itself = [...shard.clients.values()].at(-1);
      while (itself !== undefined && itself.outstanding > 0) await nextTurn();
      if (itself !== undefined && itself.output.unsent > 0) return { client, asked };
    }
    throw new Error('the kernel takes everything');
  }
}

t.test('clients that leave a small reply unread keep no more memory than that', async (t) => {
  const scene = await Scene.set(t);
  const { server, shard } = scene;
  await server.send('SET', 'small', 'x'.repeat(SMALL));
  await server.send('SET', 'large', 'x'.repeat(LARGE));
  const collect = collectorOfGarbage();
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < KEEPERS; count++) {
    await scene.deaf('small');
    // Others leave more, and are gone again.
    for (let other = 0; other < 5; other++) scene.close((await scene.deaf('large')).client);
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

t.test('what a client reads late is its own, whatever others were sent meanwhile', async (t) => {
  const scene = await Scene.set(t);
  const honest = await scene.client();
  const sizes = [1, 200, SMALL, 5000, 20_000, LARGE, 200_000];
  const late: { readonly client: RawClient; readonly wanted: string }[] = [];
  for (const [at, size] of sizes.entries()) {
    for (const letter of ['a', 'b']) {
      const value = (letter + at).repeat(size).slice(0, size);
      await scene.server.send('SET', `${letter}${at}`, value);
      const { client, asked } = await scene.deaf(`${letter}${at}`);
      late.push({ client, wanted: `$${size}\r\n${value}\r\n`.repeat(asked) });
      await honest.call('SET', 'others', '#'.repeat(size));
      for (let round = 0; round < 20; round++) {
        const reply = await honest.call('GET', 'others');
        if (reply !== `$${size}\r\n${'#'.repeat(size)}\r\n`)
          t.fail(`the reply to somebody else: ${reply.slice(0, 40)}`);
      }
    }
  }
  for (const { client, wanted } of late) {
    client.socket.resume();
    await until('all has come', () => client.received.length >= wanted.length);
    t.ok(client.received.equals(Buffer.from(wanted)), wanted.slice(0, 20));
  }
});
