import { spawnSync } from 'node:child_process';
import { fieldsOf, type Fields } from './fields.js';
import { RedisServer } from './redis-server.js';
import type { Shard } from './shard.js';
import { until } from './until.js';

/** Why tests with Sentinels are skipped; false: they are not. */
export const NO_SENTINEL: string | false =
  spawnSync('redis-sentinel', ['--version'], { stdio: 'ignore' }).status === 0
    ? false
    : 'redis-sentinel is not installed';

export interface SentinelOptions {
  /** The name under which they watch the shard; default {@link MASTER_NAME}. */
  readonly masterName?: string;
  /** How many; default 3. */
  readonly count?: number;
  /** How many must find the master dead; default: most of them. */
  readonly quorum?: number;
  /**
   * `down-after-milliseconds`. Longer than a server may stand still on a busy machine, or masters move by themselves; and longer
   * than a second, which Sentinels may need to connect again to a node that they have promoted.
   */
  readonly downAfterMs?: number;
  readonly failoverTimeoutMs?: number;
  /** ACL users of the Sentinels themselves. */
  readonly users?: readonly string[];
  /** Password of the Sentinels themselves. */
  readonly requirepass?: string;
  /**
   * How often Sentinels ask servers and tell each other, ms; Redis' own is up to 10 s, and a test would do nothing but wait for
   * it. A replica that has not answered for three of them is promoted by nobody. `null` leaves it.
   */
  readonly periodMs?: number | null;
}

/** The name under which the shard is watched. */
export const MASTER_NAME = 'shard';

/** Real Sentinels that watch a shard. */
export class Sentinels {
  readonly servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  /** Starts them and waits until each knows all servers of the shard and all other Sentinels. */
  static async start(shard: Shard, options: SentinelOptions = {}): Promise<Sentinels> {
    const { count = 3, periodMs = 500 } = options;
    const started = await Promise.allSettled(
      Array.from({ length: count }, () => RedisServer.start(serverOptions(shard, options))),
    );
    const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const sentinels = new Sentinels(servers);
    try {
      for (const result of started) if (result.status === 'rejected') throw result.reason;
      if (periodMs !== null) await Promise.all(servers.map((each) => quicken(each, periodMs)));
      await sentinels.agreeOn(shard.master, shard.servers.length - 1);
      return sentinels;
    } catch (error) {
      await sentinels.dispose();
      throw error;
    }
  }

  /** The addresses, as Holdfast is told them. */
  get ids(): readonly string[] {
    return this.servers.map((server) => server.id);
  }

  /** Settles when every Sentinel that runs names that master, finds nothing wrong with it, and sees its replicas and its colleagues. */
  async agreeOn(master: RedisServer, replicas: number): Promise<void> {
    const running = this.servers.filter((server) => server.running);
    await Promise.all(
      running.map((server) =>
        until(`the Sentinel ${server.id} names ${master.id}, with ${replicas} replicas`, async () => {
          const [seen, followers] = await Promise.all([masterSeenBy(server), replicasSeenBy(server)]);
          return (
            seen.text('port') === String(master.port) &&
            seen.text('flags') === 'master' &&
            seen.number('num-other-sentinels') >= running.length - 1 &&
            followers.length === replicas &&
            followers.every((each) => each.text('flags') === 'slave' && each.text('master-link-status') === 'ok')
          );
        }),
      ),
    );
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
  }
}

/** What one of them says of the one master that it watches. */
async function masterSeenBy(sentinel: RedisServer): Promise<Fields> {
  const masters = await sentinel.send('SENTINEL', 'MASTERS');
  return fieldsOf(Array.isArray(masters) ? masters[0] : null);
}

/** The `replica-priority` that a Sentinel believes a replica to have. */
export async function prioritySeenBy(sentinel: RedisServer, replica: string): Promise<number | undefined> {
  const seen = await replicasSeenBy(sentinel);
  return seen.find((each) => each.text('name') === replica)?.number('slave-priority');
}

async function replicasSeenBy(sentinel: RedisServer): Promise<readonly Fields[]> {
  const name = (await masterSeenBy(sentinel)).text('name');
  const replicas = await sentinel.send('SENTINEL', 'REPLICAS', name);
  return Array.isArray(replicas) ? replicas.map((each) => fieldsOf(each)) : [];
}

function serverOptions(shard: Shard, options: SentinelOptions) {
  const {
    count = 3,
    masterName = MASTER_NAME,
    downAfterMs = 3_000,
    failoverTimeoutMs = 20_000,
    requirepass,
    users = [],
  } = options;
  const { tls } = shard.master.options;
  const quorum = options.quorum ?? Math.floor(count / 2) + 1;
  const password = shard.master.options.requirepass;
  return {
    binary: 'redis-sentinel',
    ...(tls === undefined ? {} : { tls }),
    users,
    ...(requirepass === undefined ? {} : { requirepass }),
    config: {
      'sentinel monitor': `${masterName} ${shard.master.host} ${shard.master.port} ${quorum}`,
      'sentinel down-after-milliseconds': `${masterName} ${downAfterMs}`,
      'sentinel failover-timeout': `${masterName} ${failoverTimeoutMs}`,
      ...(requirepass === undefined ? {} : { 'sentinel sentinel-pass': requirepass }),
      ...(password === undefined ? {} : { 'sentinel auth-pass': `${masterName} ${password}` }),
    },
  };
}

/** `SENTINEL DEBUG`, as Redis' own tests do it. */
async function quicken(sentinel: RedisServer, ms: number): Promise<void> {
  await sentinel.send('SENTINEL', 'DEBUG', 'INFO-PERIOD', String(ms));
  await sentinel.send('SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', String(ms));
}
