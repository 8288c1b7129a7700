import t from 'tap';
import { A, B, C, Harness } from './harness.js';

await t.test('a switchover does its steps in order and answers when all is settled', async (t) => {
  const h = new Harness();
  const report = await h.run({ to: B });
  t.match(report, {
    outcome: 'switched',
    reason: '',
    oldMaster: A,
    newMaster: B,
    epoch: 1,
    offset: 100,
    offsetGap: 0,
    heldClients: 7,
    heldCommands: 9,
    resync: { [A]: 'partial', [C]: 'partial' },
    settled: true,
  });
  const steps = h.trace.filter((line) => !/^(connect|facts|masterOffset|role|syncCounters)/.test(line));
  t.strictSame(steps, [
    `prepare ${B}`,
    `appliedOffset ${B}`,
    'hold',
    'drained',
    `fence ${A} 500`,
    `appliedOffset ${B}`,
    // A second reading that the answer to the fence overtook; it holds nothing up.
    ...steps.slice(6, steps.indexOf('mark')),
    'mark',
    `promote ${B}`,
    `redirect ${B}`,
    `release ${B}`,
    `demote ${A} ${B}`,
    `follow ${C} ${B}`,
    `persist ${B}`,
    `persist ${A}`,
    `persist ${C}`,
  ]);
  t.equal(h.dataPath.holds, 1);
  t.equal(h.dataPath.releases, 1);
  t.equal(h.service.status().state, 'serving');
  t.same(h.service.status().alarms, []);
  t.strictSame(h.finished.length, 1);
  t.strictSame(h.phases, ['preflight', 'drain', 'fence', 'catchup', 'promote', 'redirect', 'settle']);
});

await t.test(
  'the state file has the intent before the hold, and no intent when the old master is demoted',
  async (t) => {
    const h = new Harness();
    await h.run({ to: B });
    await h.pass(10);
    t.match(h.store.writes[0], { intent: { from: A, to: B, id: 'switch-1' }, epoch: 0 });
    t.match(h.store.state, { intent: null, master: B, epoch: 1, history: [{ id: 'switch-1', settled: true }] });
    t.equal(h.store.state?.history.length, 1);
  },
);

await t.test('the gate stays shut until the candidate itself has the offset of the old master', async (t) => {
  const h = new Harness();
  const answer = h.begin({ to: B });
  h.b.appliedScript.push(100, 60, 70, 80, 90, 99);
  h.a.offset = 100;
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'switched', offset: 100, offsetGap: 0 });
  t.equal(h.did('appliedOffset').length >= 7, true, 'read again and again');
  t.ok(h.trace.lastIndexOf(`appliedOffset ${B}`) < h.trace.indexOf(`promote ${B}`));
});

await t.test(
  'the gate stays shut until those who listen have their marks, but no longer than a promotion may take',
  async (t) => {
    for (const [markEnds, promoted] of [
      ['done', 0],
      ['the link is gone', 0],
      ['never', 1],
    ] as const) {
      const h = new Harness();
      h.dataPath.markEnds = markEnds;
      const begun = h.clock.now();
      const answer = h.begin({ to: B });
      await h.untilState('promoting');
      await h.until(() => h.did('redirect').length === 1, 'the redirect');
      t.equal(h.clock.now() - begun >= 200, promoted === 1, `marks: ${markEnds}`);
      t.same(h.did('mark', 'redirect', 'release'), ['mark', `redirect ${B}`, `release ${B}`]);
      await h.until(() => answer.report !== null, 'the answer');
      t.match(answer.report, { outcome: 'switched', offsetGap: 0 });
    }
  },
);

await t.test('the gate stays shut until all of the data path has left the old master', async (t) => {
  const h = new Harness();
  h.dataPath.redirectEnds = 'later';
  const answer = h.begin({ to: B });
  await h.untilState('redirecting');
  await h.pass(50);
  t.equal(h.service.abort(), false, 'past the point of no return');
  t.same(h.did('redirect', 'release'), [`redirect ${B}`]);
  t.equal(h.dataPath.closed, true);
  await h.until(() => h.did('extendFence').length >= 3, 'the pause is renewed');
  h.dataPath.redirected();
  await h.until(() => answer.report !== null, 'the answer');
  t.same(h.did('redirect', 'release'), [`redirect ${B}`, `release ${B}`]);
  t.match(answer.report, { outcome: 'switched', newMaster: B });
  t.ok((answer.report?.redirectUs ?? 0) >= 50_000, 'and the time counts');
});

await t.test('marks come before or after the answer to the promotion', async (t) => {
  const h = new Harness();
  h.b.trouble('promote', { how: 'late', ms: 50 });
  t.match(await h.run({ to: B }), { outcome: 'switched' });
  const refused = new Harness();
  refused.b.trouble('promote', { how: 'refused' });
  refused.dataPath.markEnds = 'never';
  t.match(await refused.run({ to: B }), { outcome: 'aborted', reason: 'promotion-refused' });
  t.same(refused.did('redirect'), []);
});

await t.test('a dry run stops after preflight and leaves nothing behind', async (t) => {
  const h = new Harness();
  const report = await h.run({ to: B, dryRun: true });
  t.match(report, { outcome: 'would-switch', reason: '', oldMaster: A, newMaster: B, epoch: 0, stallUs: 0 });
  t.equal(h.dataPath.holds, 0);
  t.equal(h.dataPath.prepared, null);
  t.equal(h.b.role_, 'replica');
  t.ok(h.store.writes.every((state) => state.intent === null));
});

await t.test('three switchovers in a row count epochs and keep their history', async (t) => {
  const h = new Harness();
  await h.run({ to: B });
  await h.run({ to: C });
  const last = await h.run({ to: A });
  t.match(last, { outcome: 'switched', epoch: 3, oldMaster: C, newMaster: A });
  t.strictSame(
    h.service.history().map((report) => report.newMaster),
    [B, C, A],
  );
  t.equal(h.dataPath.holds, 3);
  t.equal(h.dataPath.releases, 3);
});

await t.test(
  'with force, a candidate that stays behind is promoted at the deadline and the gap is named',
  async (t) => {
    const h = new Harness();
    h.b.offset = 40;
    const answer = h.begin({ to: B, forceOnTimeout: true });
    await h.until(() => answer.report !== null, 'the answer');
    t.match(answer.report, { outcome: 'switched', offset: 100, offsetGap: 60 });
  },
);

await t.test('a master without CLIENT PAUSE is switched if the operator allows it', async (t) => {
  const h = new Harness({ requirePause: false });
  h.a.facts_ = { canPause: false };
  const report = await h.run({ to: B });
  t.match(report, { outcome: 'switched', settled: true });
  t.same(h.did('fence', 'extendFence', 'unfence'), []);
});

await t.test('a candidate that takes its time for each command is not down', async (t) => {
  const h = new Harness({ commandTimeoutMs: 1000 });
  h.b.trouble('connect', { how: 'late', ms: 700 }, null).trouble('facts', { how: 'late', ms: 700 }, null);
  t.match(await h.run({ to: B }), { outcome: 'switched' });
});
