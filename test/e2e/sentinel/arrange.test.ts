import t from 'tap';
import { MASTER_NAME, NO_SENTINEL, prioritySeenBy } from '../../support/sentinels.js';
import { until } from '../../support/until.js';
import { PATIENCE_MS, startStrategy } from './support/strategy-stage.js';

const SKIP = { skip: NO_SENTINEL };

/** One look, after which time is up. */
const ONE_LOOK_MS = 1;

void t.test('of several replicas, the candidate is made the one that every Sentinel prefers', SKIP, async (t) => {
  const { strategy, sentinels, replica, from, to } = await startStrategy(t, { replicas: 2, count: 3 });
  const { note, beat } = await strategy.arrange(from, to, PATIENCE_MS);
  t.match(note, /had replica-priority 1 during the switch/);
  t.equal(beat, null);
  for (const sentinel of sentinels.servers) t.equal(await prioritySeenBy(sentinel, to), 1);

  strategy.conclude();
  await until('it is put back', async () => {
    const answer = await replica.send('CONFIG', 'GET', 'replica-priority');
    return Array.isArray(answer) && answer[1] === '100';
  });
});

void t.test('of one replica, nothing has to be changed', SKIP, async (t) => {
  const { strategy, replica, from, to } = await startStrategy(t);
  const { note } = await strategy.arrange(from, to, PATIENCE_MS);
  t.equal(note, '');
  t.notMatch(String(await replica.send('INFO', 'commandstats')), /config\|set:calls=[2-9]/);
});

void t.test('a Sentinel that does not answer is not waited for', SKIP, async (t) => {
  const { strategy, sentinels, from, to } = await startStrategy(t, { replicas: 2, count: 3 });
  await sentinels.servers[0]?.kill();
  await strategy.arrange(from, to, PATIENCE_MS);
  const seen = await Promise.all(sentinels.servers.slice(1).map((sentinel) => prioritySeenBy(sentinel, to)));
  t.same(seen, [1, 1]);
});

void t.test('another replica has the lowest priority that there is', SKIP, async (t) => {
  const { strategy, other, sentinel, from, to } = await startStrategy(t, { replicas: 2 });
  if (other === undefined) throw new Error('a shard with two replicas');
  await other.send('CONFIG', 'SET', 'replica-priority', '1');
  await until('Sentinel has seen it', async () => (await prioritySeenBy(sentinel, other.id)) === 1);
  await t.rejects(strategy.arrange(from, to, PATIENCE_MS), {
    kind: 'refused',
    message: new RegExp(`might promote ${other.id}, which has replica-priority 1`),
    errors: undefined,
  });
});

void t.test('what Sentinel does not know, or not like', SKIP, async (t) => {
  const { strategy, relay, replica, sentinel, from, to } = await startStrategy(t, {
    failoverTimeoutMs: 60_000,
    downAfterMs: 60_000,
  });
  const refuses = async (wanted: RegExp, to_ = to, from_ = from) => {
    const words = await strategy.arrange(from_, to_, ONE_LOOK_MS).then(() => 'arranged', String);
    t.match(words, wanted);
  };
  await refuses(/it knows no replica 127\.0\.0\.1:1$/, '127.0.0.1:1');
  await refuses(/as the master$/, to, '127.0.0.1:1');

  await replica.send('CONFIG', 'SET', 'replica-priority', '0');
  await until('Sentinel has seen it', async () => (await prioritySeenBy(sentinel, to)) === 0);
  await refuses(/it would not promote .*: its replica-priority is 0$/);

  await replica.send('CONFIG', 'SET', 'replica-priority', '100');
  await until('Sentinel has seen it', async () => (await prioritySeenBy(sentinel, to)) === 100);
  relay.judge((text) => (/slaveof/i.test(text) ? 'swallow' : 'pass'));
  await sentinel.send('SENTINEL', 'FAILOVER', MASTER_NAME);
  await refuses(/it is busy with another failover$/);
  t.match(await strategy.survey([], PATIENCE_MS), { reason: 'owner-refuses', sentence: /is replacing/ });
});
