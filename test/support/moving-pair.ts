import type { Test } from 'tap';
import { HoldfastInProcess } from './holdfast-in-process.js';
import type { RedisServer } from './redis-server.js';
import { startShard, type Shard, type ShardOptions } from './shard.js';
import { until } from './until.js';

/** A master and its replica behind the data path in the test's own process; the master moves from one to the other. */
export class MovingPair {
  readonly holdfast: HoldfastInProcess;
  readonly #servers: Shard;
  #master: RedisServer;

  private constructor(servers: Shard, holdfast: HoldfastInProcess) {
    this.holdfast = holdfast;
    this.#servers = servers;
    this.#master = servers.master;
  }

  /** All of it is gone when `t` ends. */
  static async start(t: Test, options: Omit<ShardOptions, 'replicas'> = {}): Promise<MovingPair> {
    const servers = await startShard({ ...options, replicas: 1 });
    t.teardown(() => servers.dispose());
    const holdfast = await HoldfastInProcess.start(servers.master.id);
    t.teardown(() => holdfast.stop());
    return new MovingPair(servers, holdfast);
  }

  /** The server that clients are served by; another one from the moment on in which the gate opens after a {@link move}. */
  get master(): RedisServer {
    return this.#master;
  }

  /** The server that a move goes to. */
  get other(): RedisServer {
    return this.#servers.servers.find((server) => server !== this.#master) ?? this.#master;
  }

  /** As {@link HoldfastInProcess.move}; settles when the old master has been demoted. */
  async move(held?: () => Promise<void>, released?: () => Promise<void>): Promise<void> {
    const [from, to] = [this.#master, this.other];
    await this.#servers.inSync(from);
    await this.holdfast.move(from, to, held, async () => {
      this.#master = to;
      await released?.();
    });
  }

  /** Settles when exactly `count` clients are blocked on the master. */
  async blocked(count: number): Promise<void> {
    await until(`${count} clients are blocked on ${this.#master.id}`, async () => {
      return Number((await this.#master.info('clients')).get('blocked_clients')) === count;
    });
  }
}
