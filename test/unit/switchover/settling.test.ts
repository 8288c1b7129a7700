import t from 'tap';
import { A, B, C, Harness } from './harness.js';

await t.test('the clients go on at once; a node that is down settles when it comes back', async (t) => {
  const h = new Harness();
  h.c.trouble('connect', null, { how: 'unsent' });
  const report = await h.run({ to: B });
  t.match(report, { outcome: 'switched', settled: false, resync: { [A]: 'partial', [C]: 'pending' } });
  t.equal(h.dataPath.releases, 1);
  t.match(h.service.status(), { state: 'settling', unsettled: [{ node: C }], alarms: ['repoint-pending'] });
  t.equal(h.store.state?.intent, null, 'the old master is demoted: a restart has nothing to finish');
  h.c.trouble('connect', null);
  await h.untilState('serving');
  await h.pass(10);
  t.equal(h.c.follows, B);
  t.match(h.service.history(), [{ settled: true, resync: { [C]: 'partial' } }]);
  t.match(h.phases.filter((phase) => phase === 'settle').length, 1);
});

await t.test('the pause is renewed until the old master is demoted, and that is an alarm', async (t) => {
  const h = new Harness();
  h.a.trouble('demote', { how: 'unknown' });
  const report = await h.run({ to: B });
  t.match(report, { outcome: 'switched', settled: false });
  t.match(h.service.status().alarms, ['demotion-pending']);
  t.ok(h.store.state?.intent, 'a restart would finish it');
  t.match(await h.run({ to: C }), { outcome: 'refused', reason: 'not-settled' });
  for (let i = 0; i < 50; i += 1) {
    await h.pass(100);
    t.ok(h.a.pausedUntil > h.clock.now(), 'paused without a gap');
  }
  h.a.trouble('demote', null);
  await h.untilState('serving');
  t.equal(h.a.pausedUntil, 0);
  t.same(h.service.status().alarms, []);
});

await t.test('an old master that never answers does not stop the others, nor the clients', async (t) => {
  const h = new Harness();
  const answer = h.begin({ to: B });
  await h.until(() => h.did('promote').length === 1, 'promote');
  for (const verb of ['connect', 'demote', 'extendFence', 'role'] as const) h.a.trouble(verb, { how: 'never' });
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'switched', settled: false, resync: { [A]: 'pending', [C]: 'partial' } });
});

/** A switchover whose old master is a master again behind its demotion, before its link was up. */
async function masterAgain(runId: string) {
  const h = new Harness();
  h.a.linkUp = false;
  const answer = h.begin({ to: B });
  await h.until(() => h.did('demote').length === 1, 'demote');
  await h.pass(30);
  h.a.role_ = 'master';
  h.a.follows = null;
  h.a.facts_ = { runId };
  return { h, answer };
}

await t.test('an old master that came back as a master is demoted again', async (t) => {
  const { h, answer } = await masterAgain('restarted');
  await h.until(() => h.did('demote').length === 2, 'a second demotion');
  h.a.linkUp = true;
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { settled: true });
});

await t.test('and once more when that has failed', async (t) => {
  const { h } = await masterAgain('restarted');
  h.a.trouble('demote', { how: 'unsent' }, null);
  await h.until(() => h.did('demote').length === 3, 'a third demotion');
  h.a.linkUp = true;
  await h.until(() => h.service.history()[0]?.settled === true, 'the end');
  t.equal(h.a.follows, B);
});

await t.test(
  'an old master that somebody has promoted again is left alone, and the settling gives way to it',
  async (t) => {
    const { h } = await masterAgain(A);
    const why = 'was promoted by somebody after it had become a replica';
    await h.until(() => h.service.status().unsettled.some((node) => node.why === why), 'it is seen');
    h.b.role_ = 'replica';
    await h.pass(1_000);
    h.service.overtaken(A);
    t.equal(h.service.status().state, 'serving');
    t.equal(h.did('demote').length, 1);
    await h.until(() => h.service.history()[0]?.notes.length === 1, 'the note');
    t.match(h.service.history()[0]?.notes, [/was made the master by somebody else/]);
  },
);

await t.test('a role that somebody gives back to the old master ends the settling', async (t) => {
  const { h, answer } = await masterAgain(A);
  h.b.role_ = 'replica';
  h.b.follows = A;
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'switched', settled: false, notes: [/was made the master by somebody else/] });
  t.equal(h.service.status().state, 'serving');
  t.equal(h.did('demote').length, 1);
});

await t.test('an old master is not demoted in favour of a node that is no master since it was restarted', async (t) => {
  const { h } = await masterAgain(A);
  h.b.facts_ = { runId: 'restarted' };
  h.b.role_ = 'replica';
  h.b.follows = A;
  const why = `says that it is a master, and ${B} does not any more`;
  await h.until(() => h.service.status().unsettled.some((node) => node.why === why), 'it is seen');
  t.equal(h.did('demote').length, 1);
});

await t.test('a replica that says it is a master is left alone', async (t) => {
  const h = new Harness();
  const answer = h.begin({ to: B });
  await h.until(() => h.did('promote').length === 1, 'promote');
  h.c.trouble('follow', { how: 'unsent' });
  h.c.role_ = 'master';
  h.c.follows = null;
  await h.until(() => answer.report !== null, 'the answer');
  t.equal(h.did('follow').length, 1, 'once before it was known');
  t.match(h.service.status().unsettled, [{ node: C, why: 'says that it is a master' }]);
});

await t.test('a full resynchronisation is told from a partial one', async (t) => {
  const seen = new Harness();
  seen.c.syncing = true;
  seen.c.linkUp = false;
  const answer = seen.begin({ to: B });
  await seen.until(() => seen.did('follow').length === 1, 'follow');
  await seen.pass(100);
  seen.c.syncing = false;
  seen.c.linkUp = true;
  seen.b.full = 1;
  await seen.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { resync: { [A]: 'partial', [C]: 'full' } }, 'seen while it lasted');

  const counted = new Harness();
  const other = counted.begin({ to: B });
  await counted.until(() => counted.did('promote').length === 1, 'promote');
  counted.b.full = 2;
  await counted.until(() => other.report !== null, 'the answer');
  t.match(other.report, { resync: { [A]: 'full', [C]: 'full' } }, 'counted by the new master');
});

await t.test('a switchover may begin while only a replica is unsettled, and takes the settling over', async (t) => {
  const h = new Harness();
  h.c.trouble('connect', null, { how: 'unsent' });
  await h.run({ to: B });
  t.equal(h.service.status().state, 'settling');
  t.match(await h.run({ to: C }), { outcome: 'refused', reason: 'node-down' });
  t.equal(h.service.status().state, 'settling', 'a refusal takes the settling up again');
  const back = await h.run({ to: A });
  t.match(back, { outcome: 'switched', newMaster: A });
  h.c.trouble('connect', null);
  await h.untilState('serving');
  t.equal(h.c.follows, A);
});

await t.test('a state that can not be written after the switch is an alarm, and is written later', async (t) => {
  const h = new Harness();
  const answer = h.begin({ to: B });
  await h.until(() => h.did('promote').length === 1, 'promote');
  h.store.failing = 3;
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'switched' });
  await h.pass(5);
  t.same(h.service.status().alarms, ['state-not-written']);
  await h.pass(5_000);
  t.same(h.service.status().alarms, []);
  t.match(h.store.state, { master: B, epoch: 1, intent: null });
});
