import t, { type Test } from 'tap';
import { NO_SENTINEL, prioritySeenBy } from '../../support/sentinels.js';
import { until } from '../../support/until.js';
import { PATIENCE_MS, startStrategy } from './support/strategy-stage.js';

const SKIP = { skip: NO_SENTINEL };

/** Long enough for Sentinel to have sent its order, and not for it to know what came of it. */
const PROMOTE_MS = 600;

/** A switch that was arranged, and then somebody undid it: Sentinel prefers the other replica. */
async function startUndone(t: Test) {
  const stage = await startStrategy(t, { replicas: 2 });
  const { strategy, sentinel, replica, other, from, to } = stage;
  if (other === undefined) throw new Error('a shard with two replicas');
  await strategy.arrange(from, to, PATIENCE_MS);
  await replica.send('CONFIG', 'SET', 'replica-priority', '100');
  await until('Sentinel has seen it', async () => (await prioritySeenBy(sentinel, to)) === 100);
  await other.send('CONFIG', 'SET', 'replica-priority', '1');
  await until('Sentinel has seen it', async () => (await prioritySeenBy(sentinel, other.id)) === 1);
  return { ...stage, other };
}

void t.test('a Sentinel that promotes somebody else', SKIP, async (t) => {
  const { strategy, other, from, to } = await startUndone(t);
  const instead = await strategy.promote(from, to, PATIENCE_MS);
  t.match(instead, { node: other.id });
  const { offset } = await strategy.role(other.id, PATIENCE_MS);
  t.ok(offset >= (instead?.offset ?? Infinity), 'with the offset of that node');
  await t.rejects(strategy.role(to, PATIENCE_MS), { name: 'NodeError', kind: 'unknown' });
  await strategy.follow(to, other.id, PATIENCE_MS);
  const role = await until('the role is told again', () => strategy.role(to, PATIENCE_MS));
  t.match(role, { role: 'replica' }, 'when the machine has gone on with the other');
});

void t.test('a Sentinel that promotes somebody else, too late', SKIP, async (t) => {
  const { strategy, from, to } = await startUndone(t);
  await t.rejects(strategy.promote(from, to, PROMOTE_MS), { name: 'NodeError', kind: 'unknown' });
  // The old master must not be served again.
  const words = () => strategy.role(to, PATIENCE_MS).then(() => 'a role', String);
  t.match(await until('the failover is over', async () => judged(await words())), /has promoted .* instead/);
});

/** What stays true; undefined: the failover is still on, or has just ended this connection. */
function judged(words: string): string | undefined {
  return /is still on|the connection broke/.test(words) ? undefined : words;
}
