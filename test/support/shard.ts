import { RedisServer, type RedisServerOptions } from './redis-server.js';
import { until } from './until.js';

export interface ShardOptions extends RedisServerOptions {
  /** How many replicas; default 2. */
  readonly replicas?: number;
  /** What differs from server to server: entry 0 speaks of the first master, entry 1 of its first replica, … */
  readonly each?: readonly RedisServerOptions[];
}

/** A master and its replicas. The servers keep their places in {@link servers} when roles change. */
export interface Shard {
  readonly servers: readonly RedisServer[];
  /** The server that was the master at the start. */
  readonly master: RedisServer;
  /** The servers that were replicas at the start. */
  readonly replicas: readonly RedisServer[];
  /** The addresses of all servers, as Holdfast is told them. */
  readonly ids: readonly string[];
  server(id: string): RedisServer;
  /** Settles when every other server has its link to `master` up and has all that `master` has written until now. */
  inSync(master?: RedisServer): Promise<void>;
  /** Ends all servers and removes their directories. */
  dispose(): Promise<void>;
}

/** Starts a shard and waits until all replicas have caught up. */
export async function startShard(options: ShardOptions = {}): Promise<Shard> {
  const { replicas: count = 2, each = [], ...common } = options;
  const started = await Promise.allSettled(
    Array.from({ length: count + 1 }, (_, index) => RedisServer.start({ ...common, ...each[index] })),
  );
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const shard = new StartedShard(servers);
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    // One after the other: a second replica that arrives during a synchronisation waits for the next tick of a timer.
    for (const replica of shard.replicas) {
      await follow(replica, shard.master);
      await caughtUp(replica, shard.master);
    }
    // A link may be up before the master streams to it: only what has arrived proves that it does. A message changes no data.
    await shard.master.send('PUBLISH', 'shard', 'complete');
    await shard.inSync();
    return shard;
  } catch (error) {
    await shard.dispose();
    throw error;
  }
}

/** Makes `replica` follow `master`, now and, because it is written to its configuration, after a restart. */
export async function follow(replica: RedisServer, master: Pick<RedisServer, 'host' | 'port'>): Promise<void> {
  await replica.send('REPLICAOF', master.host, String(master.port));
  await replica.send('CONFIG', 'REWRITE');
}

/** Settles when the link of `replica` to `master` is up and `replica` has all that `master` has written until now. */
async function caughtUp(replica: RedisServer, master: RedisServer): Promise<void> {
  const written = Number((await master.info('replication')).get('master_repl_offset'));
  await until(`${replica.id} has caught up with ${master.id}`, async () => {
    const info = await replica.info('replication');
    return (
      info.get('master_port') === String(master.port) &&
      info.get('master_link_status') === 'up' &&
      Number(info.get('slave_repl_offset')) >= written
    );
  });
}

/** Servers that have been started, the master first. */
export class StartedShard implements Shard {
  readonly servers: readonly RedisServer[];

  constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  get master(): RedisServer {
    const [master] = this.servers;
    if (master === undefined) throw new Error('a shard without servers');
    return master;
  }

  get replicas(): readonly RedisServer[] {
    return this.servers.slice(1);
  }

  get ids(): readonly string[] {
    return this.servers.map((server) => server.id);
  }

  server(id: string): RedisServer {
    const found = this.servers.find((server) => server.id === id);
    if (found === undefined) throw new Error(`no server ${id} in this shard`);
    return found;
  }

  async inSync(master: RedisServer = this.master): Promise<void> {
    await Promise.all(this.servers.filter((server) => server !== master).map((replica) => caughtUp(replica, master)));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
  }
}
