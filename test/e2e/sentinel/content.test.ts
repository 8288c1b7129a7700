import t from 'tap';
import type { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { NO_SENTINEL, type SentinelOptions } from '../../support/sentinels.js';
import { until } from '../../support/until.js';
import { startSentinelStage } from './support/sentinel-stage.js';

/**
 * Periods of their own in the long form: Sentinels then look at a node every 10 s, correct a replica that calls itself a master
 * after 8 s, and one that follows somebody else after `failover-timeout`.
 */
const SENTINEL: SentinelOptions = { periodMs: scaled(500, 0) || null, failoverTimeoutMs: scaled(1_000, 15_000) };

/** So many looks at each node, by three Sentinels, are enough for all of that. */
const LOOKS = 9;

/** What Sentinels write when something is not as they want it, and they do something about it. */
const DISCONTENT = /[+-](?:convert-to-slave|fix-slave-config|role-change|sdown|odown|tilt|failover-abort\S*)/;

/** How often Sentinels have read the INFO of a node. */
async function looksAt(server: RedisServer): Promise<number> {
  const stats = await server.info('commandstats');
  return Number(/calls=(\d+)/.exec(stats.get('cmdstat_info') ?? '')?.[1] ?? 0);
}

void t.test(
  'the Sentinels are content with what a switch leaves behind',
  { skip: NO_SENTINEL, timeout: 120_000 },
  async (t) => {
    const stage = await startSentinelStage(t, {
      replicas: 2,
      sentinel: SENTINEL,
      // Nobody else asks for INFO.
      flags: ['--probe-interval-ms=60000'],
    });
    const { shard, sentinels, holdfast, candidate, client, switchover } = stage;
    t.equal(await switchover(), '');
    await sentinels.agreeOn(candidate, 2);
    const settledAt = sentinels.servers.map((sentinel) => sentinel.log().length);

    await Promise.all(
      shard.servers.map(async (server) => {
        // Each look of this test is one more.
        let own = 0;
        const before = await looksAt(server);
        const hasBeenSeen = async () => (await looksAt(server)) - before - ++own >= LOOKS;
        await until(`${server.id} has been looked at`, hasBeenSeen, 100_000);
      }),
    );
    const written = sentinels.servers.map((sentinel, at) => sentinel.log().slice(settledAt[at]));
    for (const log of written) t.notMatch(log, DISCONTENT);
    t.equal((await candidate.info('replication')).get('connected_slaves'), '2');
    t.match(await client.call('INCR', 'after'), /^:1/);
    t.notMatch(holdfast.log(), /no master is served/, 'and at no time was there no master');
  },
);

void t.test('a switch of our own counts before the Sentinels know of it', { skip: NO_SENTINEL }, async (t) => {
  // Nothing is waited for behind the switch then, and the monitor looks at once.
  const stage = await startSentinelStage(t, { flags: ['--persist-roles=no'] });
  const { sentinels, holdfast, candidate, client, switchover } = stage;
  t.equal(await switchover(), '');
  t.match(await client.call('INCR', 'after'), /^:1/);
  await sentinels.agreeOn(candidate, 1);
  t.match(await client.call('INCR', 'after'), /^:2/);
  t.notMatch(holdfast.log(), /no master is served/);
});
