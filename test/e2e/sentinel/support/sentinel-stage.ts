import type { Test } from 'tap';
import type { RawClient } from '../../../support/raw-client.js';
import type { RedisServer } from '../../../support/redis-server.js';
import { Sentinels, MASTER_NAME, type SentinelOptions } from '../../../support/sentinels.js';
import { ServeProcess } from '../../../support/serve-process.js';
import { startShard, type Shard, type ShardOptions } from '../../../support/shard.js';
import { hostAndPort } from '../../../support/stage.js';

export interface SentinelStageOptions extends ShardOptions {
  readonly sentinel?: SentinelOptions;
  readonly flags?: readonly string[];
  /** A state directory that is not this process's own. */
  readonly stateDir?: string;
}

/** A shard, Sentinels that watch it, and Holdfast in front, which leaves the roles to them. */
export interface SentinelStage {
  readonly shard: Shard;
  readonly sentinels: Sentinels;
  readonly holdfast: ServeProcess;
  readonly client: RawClient;
  /** The first replica. */
  readonly candidate: RedisServer;
  /** `SWITCHOVER TO` the first replica. @returns the words of the error, empty when it switched. */
  readonly switchover: (...options: readonly string[]) => Promise<string>;
}

/** What Holdfast is told of the Sentinels. */
export function sentinelFlags(ids: readonly string[]): readonly string[] {
  return ['--topology=sentinel', `--sentinel-master=${MASTER_NAME}`, ...ids.map((id) => `--sentinel=${id}`)];
}

/** Sets the stage; everything is gone when the test ends. */
export async function startSentinelStage(t: Test, options: SentinelStageOptions = {}): Promise<SentinelStage> {
  const { sentinel = {}, flags = [], stateDir, replicas = 1, ...shardOptions } = options;
  const shard = await startShard({ ...shardOptions, replicas });
  t.teardown(() => shard.dispose());
  const [candidate] = shard.replicas;
  if (candidate === undefined) throw new Error('a stage wants a replica');
  const sentinels = await Sentinels.start(shard, sentinel);
  t.teardown(() => sentinels.dispose());
  const { tls } = options;
  const nodeTls = tls === undefined ? [] : ['--node-tls'];
  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    // No client waits for a preflight, and a busy machine needs its time.
    flags: [...sentinelFlags(sentinels.ids), '--preflight-timeout-ms=30000', ...nodeTls, ...flags],
    ...(tls === undefined ? {} : { tls }),
    ...(stateDir === undefined ? {} : { stateDir }),
  });
  t.teardown(() => holdfast.dispose());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('SET', 'before', '1'), '+OK\r\n');
  const switchover = (...more: readonly string[]): Promise<string> =>
    holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(candidate.id), ...more);
  return { shard, sentinels, holdfast, client, candidate, switchover };
}

/** The `replica-priority` of each server, now and in its configuration file. */
export async function prioritiesOf(shard: Shard): Promise<readonly (readonly [now: string, written: string])[]> {
  return Promise.all(
    shard.servers.map(async (server) => {
      const answer = await server.send('CONFIG', 'GET', 'replica-priority');
      const now = Array.isArray(answer) ? String((answer as readonly unknown[])[1]) : '';
      return [now, server.written('replica-priority') ?? '100'] as const;
    }),
  );
}
