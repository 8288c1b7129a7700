import { freePort } from './free-port.js';
import { RedisServer, type RedisServerOptions } from './redis-server.js';
import { StartedShard, type Shard } from './shard.js';
import { until } from './until.js';

const SLOTS = 16_384;

/** One server of a cluster that is being put together. */
interface Member {
  readonly server: RedisServer;
  readonly busPort: number;
  readonly id: string;
}

export interface RedisClusterOptions extends RedisServerOptions {
  /** How many servers each shard has, its master among them; the slots are shared out evenly. Default: 3, 1, 1. */
  readonly shards?: readonly number[];
}

/** A real Redis Cluster. */
export interface RedisCluster {
  /** Each with the master that it had at the start as its first server. */
  readonly shards: readonly Shard[];
  readonly servers: readonly RedisServer[];
  /** The first shard, which Holdfast stands in front of in most tests. */
  readonly first: Shard;
  /** A server's `CLUSTER MYID`. */
  idOf(server: RedisServer): string;
  dispose(): Promise<void>;
}

/**
 * Starts a cluster of servers on free ports of 127.0.0.1. Settles when each server says `cluster_state:ok`, knows the
 * role of every other one, and all replicas are in step. A server says so two seconds after its start at the earliest.
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { shards: sizes = [3, 1, 1], ...common } = options;
  const started = await Promise.allSettled(sizes.flatMap((size) => Array.from({ length: size }, () => start(common))));
  const members = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const cluster = new StartedCluster(members, sizes);
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    await join(members, cluster);
    return cluster;
  } catch (error) {
    await cluster.dispose();
    throw error;
  }
}

async function start(common: RedisServerOptions): Promise<Member> {
  const busPort = await freePort();
  const server = await RedisServer.start({
    ...common,
    config: {
      'cluster-enabled': 'yes',
      'cluster-port': String(busPort),
      'cluster-announce-ip': '127.0.0.1',
      // Long enough for a server that gets no processor for a while; an unplanned failover takes two of these.
      'cluster-node-timeout': '2000',
      // A replica that has just been linked may be promoted.
      'cluster-replica-validity-factor': '0',
      'cluster-allow-replica-migration': 'no',
      ...common.config,
    },
  });
  return { server, busPort, id: String(await server.send('CLUSTER', 'MYID')) };
}

async function join(members: readonly Member[], cluster: StartedCluster): Promise<void> {
  const { shards } = cluster;
  const joined = shards.map(async ({ master }, at) => {
    const [from, to] = [at, at + 1].map((each) => Math.round((SLOTS / shards.length) * each));
    await master.send('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? 0) - 1));
    // Equal epochs would be set right one by one, and slots might change hands meanwhile.
    await master.send('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1));
  });
  await Promise.all(joined);
  // Each meets each: gossip would get there later.
  const meetings = members.flatMap(({ server }, at) =>
    members
      .slice(at + 1)
      .map((other) => server.send('CLUSTER', 'MEET', '127.0.0.1', String(other.server.port), String(other.busPort))),
  );
  await Promise.all(meetings);
  for (const { master, replicas } of shards) {
    for (const replica of replicas) {
      await until(`${replica.id} knows ${master.id}`, () => replica.send('CLUSTER', 'REPLICATE', cluster.idOf(master)));
    }
  }
  await Promise.all(cluster.servers.map((server) => agrees(server, cluster)));
  for (const shard of shards) {
    if (shard.replicas.length > 0) await shard.master.send('PUBLISH', 'shard', 'complete');
    await shard.inSync();
  }
}

async function agrees(server: RedisServer, { servers, shards }: StartedCluster): Promise<void> {
  await until(`${server.id} sees the cluster whole`, async () => {
    const info = String(await server.send('CLUSTER', 'INFO'));
    const lines = String(await server.send('CLUSTER', 'NODES'))
      .trim()
      .split('\n');
    const masters = lines.filter((line) => /[ ,]master /.test(line)).length;
    return info.includes('cluster_state:ok') && lines.length === servers.length && masters === shards.length;
  });
}

class StartedCluster implements RedisCluster {
  readonly servers: readonly RedisServer[];
  readonly shards: readonly Shard[];
  readonly #ids: ReadonlyMap<RedisServer, string>;

  constructor(members: readonly Member[], sizes: readonly number[]) {
    this.servers = members.map(({ server }) => server);
    this.#ids = new Map(members.map(({ server, id }) => [server, id]));
    this.shards = sizes.map((size, at) => {
      const before = sizes.slice(0, at).reduce((sum, each) => sum + each, 0);
      return new StartedShard(this.servers.slice(before, before + size));
    });
  }

  get first(): Shard {
    const [first] = this.shards;
    if (first === undefined) throw new Error('a cluster without shards');
    return first;
  }

  idOf(server: RedisServer): string {
    const id = this.#ids.get(server);
    if (id === undefined) throw new Error(`${server.id} is not of this cluster`);
    return id;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
  }
}
