import type { Test } from 'tap';
import type { RedisServer } from '../../../support/redis-server.js';
import type { ShardOptions } from '../../../support/shard.js';
import { startStage, type Stage } from '../../../support/stage.js';
import { until } from '../../../support/until.js';

/** The roles do not survive a restart. */
export const FORGETFUL = ['--persist-roles=no', '--probe-interval-ms=20'];

/** Settles when the link is up. */
export async function follows(server: RedisServer, master: RedisServer): Promise<void> {
  await until(`${server.id} follows ${master.id}`, async () => {
    const info = await server.info('replication');
    const isUp = info.get('role') === 'slave' && info.get('master_link_status') === 'up';
    return isUp && info.get('master_port') === String(master.port);
  });
}

/** A shard after a switchover of which the former master's file knows nothing. */
export async function switched(t: Test, flags: readonly string[] = [], options: ShardOptions = {}): Promise<Stage> {
  const stage = await startStage(t, { ...options, replicas: 1, flags: [...FORGETFUL, ...flags] });
  t.equal(await stage.switchover(), '');
  await follows(stage.shard.master, stage.candidate);
  return stage;
}

/** Settles when the former master follows, and everything goes on. */
export async function isOneShard(t: Test, { shard, candidate, holdfast, client }: Stage): Promise<void> {
  await follows(shard.master, candidate);
  await holdfast.reaches('serving');
  t.equal((await holdfast.fields('STATUS')).text('master'), candidate.id);
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');
  await shard.inSync(candidate);
  t.equal(await shard.master.send('GET', 'after'), '1');
  await until('nothing is unfinished', () => holdfast.state().intent === null);
}
