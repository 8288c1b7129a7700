import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Test } from 'tap';
import { Refusals } from '../../../../src/log/refusals.js';
import { Listener } from '../../../../src/proxy/entrance/listener.js';
import type { Shard } from '../../../../src/proxy/shard.js';
import { HoldfastInProcess } from '../../../support/holdfast-in-process.js';
import { encodeCommand, RawClient } from '../../../support/raw-client.js';
import { RedisServer } from '../../../support/redis-server.js';

/** Holdfast in this process, on a Unix socket: the kernel keeps far less for one than for TCP, so it is soon full. */
export class NarrowScene {
  readonly server: RedisServer;
  readonly shard: Shard;
  readonly #path: string;
  readonly #clients = new Set<RawClient>();

  private constructor(server: RedisServer, shard: Shard, path: string) {
    this.server = server;
    this.shard = shard;
    this.#path = path;
  }

  static async set(t: Test): Promise<NarrowScene> {
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
    const scene = new NarrowScene(server, shard, path);
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
