import t from 'tap';
import { NO_SENTINEL, MASTER_NAME, prioritySeenBy } from '../../support/sentinels.js';
import { until } from '../../support/until.js';
import { PATIENCE_MS, startStrategy } from './support/strategy-stage.js';

/** Long enough for Sentinel to have sent its order, three ticks after it was told. */
const PROMOTE_MS = 600;

const SKIP = { skip: NO_SENTINEL };

/** What Sentinel sends to the node that it promotes. */
const PROMOTION = /slaveof.*no.*one/is;

void t.test('an order that is on its way when Sentinel has given up', SKIP, async (t) => {
  const { strategy, relay, replica, promotions, from, to } = await startStrategy(t, {
    failoverTimeoutMs: 1_500,
    // Sentinel does not look for a better connection in the meantime.
    downAfterMs: 60_000,
  });
  await strategy.arrange(from, to, PATIENCE_MS);
  let swallowed = 0;
  relay.judge((text) => {
    if (!PROMOTION.test(text)) return 'pass';
    swallowed += 1;
    return 'swallow';
  });
  await t.rejects(strategy.promote(from, to, PROMOTE_MS), { name: 'NodeError', kind: 'unknown' });
  t.equal(swallowed, 1, 'the order is on its way');
  await t.rejects(strategy.role(to, PATIENCE_MS), { name: 'NodeError', kind: 'unknown', message: /is still on/ });

  const role = await until('the role is known', () => strategy.role(to, PATIENCE_MS));
  t.match(role, { role: 'replica' });
  relay.flow();
  for (let look = 0; look < 20; look++) t.match(await strategy.role(to, PATIENCE_MS), { role: 'replica' });
  t.equal((await replica.info('replication')).get('role'), 'slave', 'and that stays true');
  t.same(promotions, []);
});

void t.test('Sentinel gives up while clients wait', SKIP, async (t) => {
  const { strategy, relay, from, to } = await startStrategy(t, { failoverTimeoutMs: 300, downAfterMs: 60_000 });
  await strategy.arrange(from, to, PATIENCE_MS);
  relay.judge((text) => (PROMOTION.test(text) ? 'swallow' : 'pass'));
  await t.rejects(strategy.promote(from, to, PATIENCE_MS), {
    name: 'NodeError',
    kind: 'refused',
    message: /gave the failover up/,
  });
});

void t.test('a Sentinel that stands still when it is told', SKIP, async (t) => {
  const { strategy, sentinel, promotions, from, to } = await startStrategy(t);
  await strategy.arrange(from, to, PATIENCE_MS);
  await sentinel.freeze();
  await t.rejects(strategy.promote(from, to, 50), { name: 'NodeError', kind: 'unknown' });
  await t.rejects(strategy.role(to, 50), { name: 'NodeError', kind: 'unknown' });
  sentinel.resume();
  const role = await until('the role is known', () => strategy.role(to, PATIENCE_MS));
  t.match(role, { role: 'master' }, 'it has heard it all the same');
  t.same(promotions, [{ node: to, aboveEpoch: 0 }]);
});

void t.test('a Sentinel that dies when it is told', SKIP, async (t) => {
  const { strategy, sentinel, replica, from, to } = await startStrategy(t);
  await strategy.arrange(from, to, PATIENCE_MS);
  await sentinel.freeze();
  await t.rejects(strategy.promote(from, to, 50), { name: 'NodeError', kind: 'unknown' });
  await sentinel.kill();
  await t.rejects(strategy.role(to, PATIENCE_MS), { name: 'NodeError', kind: 'unknown', message: /does not answer/ });
  await sentinel.restart();
  const role = await until('the role is known', () => strategy.role(to, PATIENCE_MS));
  t.match(role, { role: 'replica' });
  t.equal((await replica.info('replication')).get('role'), 'slave');
});

void t.test('a Sentinel that is gone', SKIP, async (t) => {
  const { strategy, sentinel, from, to } = await startStrategy(t);
  await t.rejects(strategy.promote(from, to, PATIENCE_MS), { name: 'NodeError', kind: 'unsent' }, 'nobody was chosen');
  await strategy.arrange(from, to, PATIENCE_MS);
  await sentinel.kill();
  await t.rejects(strategy.promote(from, to, PATIENCE_MS), { name: 'NodeError', kind: 'unsent' });
  t.match(await strategy.role(to, PATIENCE_MS), { role: 'replica' }, 'nothing was sent');
});

void t.test('a Sentinel that has begun for somebody else', SKIP, async (t) => {
  const { strategy, sentinel, from, to } = await startStrategy(t);
  await strategy.arrange(from, to, PATIENCE_MS);
  await sentinel.send('SENTINEL', 'FAILOVER', MASTER_NAME);
  await t.rejects(strategy.promote(from, to, PATIENCE_MS), { name: 'NodeError', kind: 'refused', message: /INPROG/ });
});

void t.test('a Sentinel that has nobody to promote any more', SKIP, async (t) => {
  const { strategy, sentinel, replica, from, to } = await startStrategy(t);
  await strategy.arrange(from, to, PATIENCE_MS);
  await replica.send('CONFIG', 'SET', 'replica-priority', '0');
  await until('Sentinel has seen it', async () => (await prioritySeenBy(sentinel, to)) === 0);
  await t.rejects(strategy.promote(from, to, PATIENCE_MS), {
    name: 'NodeError',
    kind: 'refused',
    message: /NOGOODSLAVE/,
  });
});
