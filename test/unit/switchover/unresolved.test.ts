import t from 'tap';
import { A, B, C, Harness } from './harness.js';

await t.test('a promotion whose answer was lost is found in the roles, and the switchover goes on', async (t) => {
  for (const trouble of [{ how: 'lost' }, { how: 'unknown', ran: true }, { how: 'throws' }] as const) {
    const h = new Harness();
    h.b.trouble('promote', trouble);
    // Whatever threw, it had been sent.
    if (trouble.how === 'throws') h.b.hooks.set('promote', () => void (h.b.role_ = 'master'));
    const answer = h.begin({ to: B });
    await h.until(() => answer.report !== null, 'the answer');
    t.match(answer.report, { outcome: 'switched', settled: true }, trouble.how);
    t.same(h.dataPath.releasedTo, [B]);
    t.equal(h.did('promote').length, 1, 'sent once');
    t.equal(h.a.role_, 'replica');
  }
});

await t.test('the late answer of the promotion itself decides', async (t) => {
  const h = new Harness();
  h.b.trouble('promote', { how: 'late', ms: 400 }).trouble('role', { how: 'never' });
  const answer = h.begin({ to: B });
  await h.untilState('resolving');
  t.equal(h.dataPath.closed, true, 'the gate stays shut');
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'switched' });
  t.same(h.dataPath.releasedTo, [B]);
});

await t.test(
  'while nothing is known the gate stays shut and the pause is renewed; then there is no master',
  async (t) => {
    const h = new Harness();
    h.b.trouble('promote', { how: 'never' }).trouble('role', { how: 'unknown' });
    const answer = h.begin({ to: B });
    await h.untilState('resolving');
    while (h.service.status().state === 'resolving') {
      t.equal(h.dataPath.closed, true);
      t.ok(h.a.pausedUntil > h.clock.now(), 'the old master takes no writes past the proxy');
      h.clock.next();
      await h.pass(20);
    }
    await h.until(() => answer.report !== null, 'the answer');
    t.match(answer.report, { outcome: 'unresolved', reason: 'roles-unknown', epoch: 0 });
    t.same(h.dataPath.releasedTo, [null], 'opened to nobody: neither node is known to be the master');
    t.equal(h.dataPath.holds, 1);
    t.same(h.service.status().alarms, ['unresolved']);
    t.equal(h.did('redirect').length, 0);
    t.match(h.store.state, { intent: { from: A, to: B } }, 'a restart finds the intent');

    t.match(await h.run({ to: C }), { outcome: 'refused', reason: 'not-settled' });
    await h.pass(5_000);
    t.ok(h.a.pausedUntil > h.clock.now(), 'still renewed');
  },
);

for (const truth of ['promoted', 'not promoted'] as const) {
  await t.test(`an unresolved switchover ends by itself when the nodes answer again: ${truth}`, async (t) => {
    const h = new Harness();
    h.b.trouble('promote', { how: truth === 'promoted' ? 'lost' : 'never' }).trouble('role', { how: 'unknown' });
    t.match(await h.run({ to: B }), { outcome: 'unresolved' });
    await h.pass(3_000);
    h.b.trouble('role', null);
    await h.untilState('serving');
    await h.pass(50);
    const master = truth === 'promoted' ? B : A;
    t.equal(h.dataPath.master, master);
    t.equal(h.dataPath.releases, 1, 'opened once');
    t.equal(h.a.pausedUntil, 0);
    t.equal(h.a.role_, truth === 'promoted' ? 'replica' : 'master');
    t.equal(h.service.history().length, 1);
    const [outcome, epoch] = truth === 'promoted' ? ['switched', 1] : ['aborted', 0];
    t.match(h.service.history()[0], { outcome, epoch }, 'the history is corrected');
    t.equal(h.finished.length, 1, 'but counted once');
    t.equal(h.store.state?.intent, null);
    t.match(await h.run({ to: C }), { outcome: 'switched' });
  });
}

await t.test('a candidate that came back empty as a master is not served', async (t) => {
  const h = new Harness();
  h.b.trouble('promote', { how: 'unknown' });
  const answer = h.begin({ to: B });
  h.b.hooks.set('promote', () => {
    h.b.role_ = 'master';
    h.b.follows = null;
    h.b.offset = 0;
  });
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'unresolved', reason: 'two-masters' });
  t.same(h.dataPath.releasedTo, [null]);
  t.equal(h.did('demote').length, 0, 'and nobody is told to copy its emptiness');
});

await t.test('two replicas are no master, until somebody makes one', async (t) => {
  const h = new Harness();
  h.b.trouble('promote', { how: 'unknown' });
  const answer = h.begin({ to: B });
  h.b.hooks.set('promote', () => void (h.a.role_ = 'replica'));
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'unresolved', reason: 'no-master' });
  h.b.role_ = 'master';
  await h.untilState('serving');
  t.equal(h.dataPath.master, B);
});

await t.test(
  'a defect after the promotion was sent opens the gate to nobody and is resolved by the roles',
  async (t) => {
    const h = new Harness();
    h.dataPath.throwing.set('redirect', 1);
    const report = await h.run({ to: B });
    t.match(report, { outcome: 'unresolved', reason: 'internal-error' });
    t.same(h.dataPath.releasedTo, [null]);
    await h.untilState('serving');
    t.equal(h.dataPath.master, B, 'told again, and served');
    t.equal(h.a.role_, 'replica');
  },
);

await t.test('a gate whose opening reports an error is not opened twice', async (t) => {
  const h = new Harness();
  h.dataPath.throwing.set('release', 1);
  t.match(await h.run({ to: B }), { outcome: 'switched', heldCommands: 0 });
  t.equal(h.did('release').length, 1);
});

await t.test('when nothing works any more the gate is opened all the same, and the operator is answered', async (t) => {
  const h = new Harness();
  h.dataPath.throwing.set('redirect', 9);
  h.dataPath.throwing.set('withdraw', 9);
  const report = await h.run({ to: B });
  t.match(report, { outcome: 'unresolved' });
  await h.pass(100);
  t.equal(h.dataPath.closed, false);
  t.equal(h.dataPath.releases, 1);
  t.equal(h.service.status().state, 'stopped');
  t.same(h.service.status().alarms, ['internal-error']);
  t.match(await h.run({ to: C }), { outcome: 'refused' });
});

await t.test('connections that can not be closed cost connections, not the switchover', async (t) => {
  const h = new Harness();
  h.b.trouble('promote', { how: 'refused' });
  h.dataPath.throwing.set('discardPrepared', 9);
  t.match(await h.run({ to: B }), { outcome: 'aborted', reason: 'promotion-refused' });
  t.equal(h.service.status().state, 'serving');
});
