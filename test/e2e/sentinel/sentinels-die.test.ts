import t from 'tap';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { startSentinelStage } from './support/sentinel-stage.js';

const SKIP = { skip: NO_SENTINEL };

void t.test('one Sentinel is dead, one stands still', SKIP, async (t) => {
  const stage = await startSentinelStage(t, {
    sentinel: { count: 5, quorum: 2 },
    flags: ['--command-timeout-ms=200'],
  });
  const { sentinels, candidate, client, switchover } = stage;
  const [dead, still, ...others] = sentinels.servers;
  await dead?.kill();
  await still?.freeze();
  t.equal(await switchover(), '');
  t.equal((await candidate.info('replication')).get('role'), 'master');
  t.match(await client.call('INCR', 'after'), /^:1/);
  still?.resume();
  t.equal(others.length, 3);
  await sentinels.agreeOn(candidate, 1);
});

void t.test('the Sentinel that was told dies before it has learnt what came of it', SKIP, async (t) => {
  const stage = await startSentinelStage(t, {
    replicas: 2,
    sentinel: { downAfterMs: 1_500 },
    flags: ['--sync-timeout-ms=10000', '--pause-timeout-ms=60000'],
  });
  const { shard, sentinels, holdfast, client, candidate } = stage;
  const answer = holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(candidate.id));
  const told = await until('a Sentinel has sent its order', () =>
    sentinels.servers.find((sentinel) => sentinel.log().includes('+failover-state-wait-promotion')),
  );
  await told.kill();
  t.equal(told.log().includes('+promoted-slave'), false);
  t.equal((await answer).text('outcome'), 'switched');
  // Written where the master is, and nowhere else yet: another choice would lose it.
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');

  await until('the others have failed over', async () => {
    await sentinels.agreeOn(candidate, 2);
    return true;
  });
  const rest = sentinels.servers.filter((sentinel) => sentinel !== told);
  const promoted = rest.flatMap((sentinel) => /\+promoted-slave slave (\S+)/.exec(sentinel.log())?.[1] ?? []);
  t.same(promoted, [candidate.id], 'to the same node');
  t.equal(await candidate.send('GET', 'after'), '1');
  await until('it is served', async () => (await holdfast.fields('STATUS')).text('master') === candidate.id);
  await until('all is settled', async () => (await holdfast.fields('STATUS')).text('state') === 'serving');
  for (const server of shard.servers) {
    const answered = await server.send('CONFIG', 'GET', 'replica-priority');
    t.same(answered, ['replica-priority', '100']);
  }
});
