import t from 'tap';
import type { RoleFacts, SwitchState } from '../../../src/switchover/ports.js';
import type { RecoveryPlan } from '../../../src/switchover/recovery.js';
import { die, revive, UNPLANNED } from './dead-master.js';
import { A, B, C, Harness } from './harness.js';

const CONNECTION = { id: '7', addr: '127.0.0.1:4711' };
const INTENT = { id: 'earlier', from: A, to: B, startedAt: '2026-01-01T00:00:00.000Z', connection: CONNECTION };
const STATE: SwitchState = { version: 1, epoch: 4, master: A, intent: INTENT, history: [] };
const MASTER: RoleFacts = { role: 'master', offset: 100 };
const REPLICA: RoleFacts = { role: 'replica', offset: 100 };
const ROLES = new Map([
  [A, MASTER],
  [B, REPLICA],
  [C, REPLICA],
]);

/** A start behind a process that has sent its promotion. */
function started(): { readonly h: Harness; readonly plan: Extract<RecoveryPlan, { readonly type: 'recall' }> } {
  const h = new Harness({}, STATE);
  const plan = h.service.recover(ROLES);
  if (plan.type !== 'recall') throw new Error(plan.type);
  return { h, plan };
}

await t.test('the connection is ended before the candidate is believed', async (t) => {
  const { h, plan } = started();
  t.equal(await h.service.recall(plan), true);
  t.same(h.did('endConnection', 'role'), [`endConnection ${B} 7 127.0.0.1:4711`, `role ${B}`]);
  t.match(h.service.recover(ROLES), { type: 'undo', master: A });
});

await t.test('a candidate that has become a master meanwhile is not taken for a replica', async (t) => {
  const { h, plan } = started();
  h.b.hooks.set('endConnection', () => (h.b.role_ = 'master'));
  const recalled = h.service.recall(plan);
  await h.pass(1_000);
  t.equal(await recalled, true);
  t.match(h.service.recover(ROLES), { type: 'recall' }, 'what the monitor saw is older');
  t.match(h.service.recover(new Map([...ROLES, [B, MASTER]])), { type: 'finish', master: B });
});

await t.test('as long as it can not be ended, nothing is undone', async (t) => {
  for (const how of ['refused', 'unknown', 'unsent'] as const) {
    const { h, plan } = started();
    h.b.trouble('endConnection', { how }, null);
    const recalled = h.service.recall(plan);
    await h.pass(1_000);
    t.equal(await recalled, true, how);
    t.match(h.service.recover(ROLES), { type: 'recall' }, how);
    await h.service.recall(plan);
    t.match(h.service.recover(ROLES), { type: 'undo' }, how);
  }
});

await t.test('a process that ends does not go on with it', async (t) => {
  const { h, plan } = started();
  h.b.trouble('endConnection', { how: 'refused' });
  const recalled = h.service.recall(plan);
  await h.pass(100);
  await h.service.shutdown();
  t.equal(await recalled, false);
  t.equal(h.clock.pending, 0);
});

await t.test('the intent names the connection, and what the candidate had', async (t) => {
  const h = new Harness();
  h.b.connection = CONNECTION;
  h.b.facts_ = { replId: 'x' };
  t.match(await h.run({ to: B }), { outcome: 'switched' });
  t.match(h.store.writes[0]?.intent, { connection: CONNECTION, had: { offset: 100, replId: 'x' } });
});

/** A process that was started behind one that has died over a failover from A to B. A is dead, and has heard of nothing. */
function behindFailover(): Harness {
  const h = new Harness({}, { ...STATE, intent: { ...INTENT, unplanned: true } });
  die(h, 'a');
  h.service.askForLostMaster(() => ({ node: A, facts: null, seenAt: null, silentSince: 0 }));
  t.match(h.service.recover(new Map([...ROLES, [A, null]])), { problem: 'no-master' });
  return h;
}

await t.test('before a failover of its own a start ends the connection of the one before', async (t) => {
  const h = behindFailover();
  h.dataPath.master = null;
  const answer = h.run(UNPLANNED);
  t.match(await answer, { outcome: 'switched', newMaster: B });
  const did = h.did('endConnection', 'facts', 'promote').filter((each) => each.includes(B));
  t.same(did, [`endConnection ${B} 7 127.0.0.1:4711`, `facts ${B}`, `promote ${B}`]);
});

await t.test(
  'as long as it can not be ended, another one is promoted, and it is ended before that one is obeyed',
  async (t) => {
    const h = behindFailover();
    h.b.trouble('endConnection', { how: 'unknown' });
    t.match(await h.run(UNPLANNED), { outcome: 'switched', newMaster: C });
    t.match(h.store.state?.intent, { to: C, former: [B], unfinished: { id: 'earlier', connection: CONNECTION } });
    t.equal(h.b.follows, A, 'not before');
    h.b.trouble('endConnection', null);
    await h.until(() => h.b.follows === C, 'it follows');
  },
);

await t.test('a failover that is given up leaves what the one before has left', async (t) => {
  const h = behindFailover();
  h.b.trouble('connect', { how: 'unknown' });
  h.dataPath.prepareEnds = 'never';
  const answer = h.begin(UNPLANNED);
  await h.until(() => h.did('hold').length > 0, 'the hold');
  t.match(h.store.state?.intent, { to: C, unfinished: { id: 'earlier' } });
  revive(h, 'a');
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'aborted', reason: 'master-is-back' });
  await h.until(() => h.store.state?.intent?.id === 'earlier', 'the state is written');
  t.match(h.service.recover(new Map([...ROLES, [B, null]])), { problem: 'intent-unclear' });
  t.match(h.service.recover(ROLES), { type: 'recall', connection: CONNECTION });
});

await t.test('killed over the second one, a start decides both, the last one first', (t) => {
  const second = { ...INTENT, id: 'second', to: C, connection: undefined, unfinished: INTENT };
  const h = new Harness({}, { ...STATE, intent: second });
  t.match(h.service.recover(ROLES), { type: 'recall', intent: INTENT });
  t.match(h.service.history(), [{ id: 'second', outcome: 'aborted', reason: 'holdfast-ended' }]);
  t.end();
});
