import type { Test } from 'tap';
import type { RedisServer } from '../../../support/redis-server.js';
import { startStage, type Stage, type StageOptions } from '../../../support/stage.js';
import { until } from '../../../support/until.js';

/** A master counts as dead soon, and clients wait for longer than any failover takes on a busy machine. */
export const QUICK = [
  '--down-after-ms=600',
  '--connect-timeout-ms=300',
  '--probe-interval-ms=50',
  '--command-timeout-ms=300',
  '--resolve-timeout-ms=500',
  '--settle-timeout-ms=1000',
  '--retry-max-ms=50',
  '--outage-hold-ms=60000',
];

/** A shard with two replicas whose Holdfast replaces a dead master. */
export function startFailoverStage(t: Test, options: StageOptions = {}): Promise<Stage> {
  return startStage(t, { replicas: 2, ...options, flags: [...QUICK, '--auto-failover', ...(options.flags ?? [])] });
}

/** Settles when Holdfast serves another master than `former`. @returns that one. */
export async function servedInstead({ holdfast, shard }: Stage, former: string): Promise<RedisServer> {
  const id = await until('another master is served', async () => {
    const master = (await holdfast.fields('STATUS')).text('master');
    return master !== '' && master !== former ? master : undefined;
  });
  return shard.server(id);
}

export async function roleOf(server: RedisServer): Promise<string> {
  return (await server.info('replication')).get('role') ?? '';
}

/** Settles when the server follows `master`, with its link up. */
export async function follows(server: RedisServer, master: RedisServer): Promise<void> {
  await until(`${server.id} follows ${master.id}`, async () => {
    const info = await server.info('replication');
    return info.get('master_port') === String(master.port) && info.get('master_link_status') === 'up';
  });
}
