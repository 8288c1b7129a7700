import type { Test } from 'tap';
import { SeededRandom } from '../unit/resp/seeded-random.js';
import { DelayRelay, type Delay } from './delay-relay.js';
import type { RedisServer } from './redis-server.js';
import { ServeProcess } from './serve-process.js';
import { startShard, type ShardOptions } from './shard.js';
import { until } from './until.js';

export interface DelayedStageOptions extends ShardOptions {
  readonly flags?: readonly string[];
  /** The same delays for the same seed. */
  readonly seed: number;
  readonly maxDelayMs: number;
}

/** A shard, and Holdfast in front of it, which reaches each server over connections of different delays. */
export interface DelayedStage {
  readonly shard: {
    /** The addresses as Holdfast knows them. */
    readonly ids: readonly string[];
    readonly servers: readonly RedisServer[];
    server(id: string): RedisServer;
  };
  readonly holdfast: ServeProcess;
}

/** Sets the stage; everything is gone when the test ends. The servers reach each other over the delayed ways too. */
export async function startDelayedStage(t: Test, options: DelayedStageOptions): Promise<DelayedStage> {
  const { flags = [], seed, maxDelayMs, ...shardOptions } = options;
  const shard = await startShard(shardOptions);
  t.teardown(() => shard.dispose());
  const relays = await Promise.all(
    shard.servers.map((server, at) => DelayRelay.start(server, randomDelays(seed * 16 + at, maxDelayMs))),
  );
  t.teardown(() => Promise.all(relays.map((relay) => relay.close())));
  const [first] = relays;
  if (first === undefined) throw new Error('a stage wants servers');
  for (const replica of shard.replicas) {
    await replica.send('REPLICAOF', first.host, String(first.port));
    await until(`${replica.id} follows the relay`, async () => {
      const info = await replica.info('replication');
      return info.get('master_port') === String(first.port) && info.get('master_link_status') === 'up';
    });
  }
  const ids = relays.map((relay) => relay.id);
  const holdfast = await ServeProcess.start({ nodes: ids, flags });
  t.teardown(() => holdfast.dispose());
  const server = (id: string): RedisServer => {
    const found = shard.servers[ids.indexOf(id)];
    if (found === undefined) throw new Error(`no server behind ${id}`);
    return found;
  };
  return { shard: { ids, servers: shard.servers, server }, holdfast };
}

function randomDelays(seed: number, maxDelayMs: number): () => Delay {
  const random = new SeededRandom(seed);
  return () => {
    // Half of the connections are quick: the races are those of a quick one with a slow one.
    if (random.below(2) === 0) return (act) => act();
    const delayMs = 1 + random.below(maxDelayMs);
    // Timers of one length ring in the order in which they were set, so nothing overtakes on one connection.
    return (act) => void setTimeout(act, delayMs);
  };
}
