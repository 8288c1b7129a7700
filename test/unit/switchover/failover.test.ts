import t from 'tap';
import type { NodeFacts } from '../../../src/switchover/ports.js';
import { atRest, deadMaster, die, MASTER_FACTS, revive, UNPLANNED } from './dead-master.js';
import { A, B, C, Harness } from './harness.js';

await t.test('the replica with the most data takes over, and what it lacks is said', async (t) => {
  const harness = deadMaster();
  const report = await harness.run(UNPLANNED);
  t.match(report, {
    kind: 'failover',
    outcome: 'switched',
    oldMaster: A,
    newMaster: B,
    epoch: 5,
    offset: 120,
    offsetGap: 10,
    settled: false,
  });
  t.match(report.notes[0], /last seen at offset 120, 10 of which the new master lacks/);
  t.same(
    harness.did('withdraw', 'hold', 'prepare', 'promote', 'redirect', 'release').map((line) => line.split(' ')[0]),
    ['withdraw', 'hold', 'prepare', 'promote', 'redirect', 'release'],
  );
  t.equal(harness.c.follows, B, 'the other replica follows');
  t.match(harness.store.state, { master: B, epoch: 5, intent: { from: A, to: B, unplanned: true } });
  t.match(harness.service.status(), { state: 'settling', alarms: ['demotion-pending'] });
});

await t.test('the intent is on disk before the promotion', async (t) => {
  const harness = deadMaster();
  let intent: unknown = null;
  harness.b.hooks.set('promote', () => (intent = harness.store.state?.intent));
  await harness.run(UNPLANNED);
  t.match(intent, { from: A, to: B, unplanned: true });
});

await t.test('a lost master that answers again is demoted at once, and then all is settled', async (t) => {
  const harness = deadMaster();
  await harness.run(UNPLANNED);
  await harness.pass(60_000);
  t.equal(harness.service.status().state, 'settling', 'it is waited for');
  revive(harness, 'a');
  await atRest(harness);
  t.same([harness.a.role_, harness.a.follows], ['replica', B]);
  t.equal(harness.store.state?.intent, null);
  t.match(harness.service.history().at(-1), { settled: true, kind: 'failover' });
});

await t.test('offset before priority, priority before order; priority 0 never', async (t) => {
  const cases: readonly [string, Partial<NodeFacts>, Partial<NodeFacts>, number, number, string | null][] = [
    ['more data, worse priority', { priority: 100 }, { priority: 1 }, 110, 105, B],
    ['the same data, better priority', { priority: 100 }, { priority: 1 }, 110, 110, C],
    ['all the same', {}, {}, 110, 110, B],
    ['most data, but never to be promoted', { priority: 0 }, {}, 110, 105, C],
    ['nobody may', { priority: 0 }, { priority: 0 }, 110, 105, null],
    ['loading', { loading: true }, {}, 110, 105, C],
    ['of another history', { replId: 'x' }, {}, 110, 105, C],
    ['never synchronised', {}, {}, 1, 105, C],
  ];
  for (const [name, b, c, bOffset, cOffset, expected] of cases) {
    const harness = deadMaster();
    const now = harness.clock.now();
    const facts = { ...MASTER_FACTS, replId: 'r' };
    harness.service.askForLostMaster(() => ({ node: A, facts, seenAt: now, silentSince: now }));
    harness.b.facts_ = { replId: 'r', ...b };
    harness.c.facts_ = { replId: 'r', ...c };
    harness.b.offset = bOffset;
    harness.c.offset = cOffset;
    const report = await harness.run({ ...UNPLANNED, dryRun: true });
    if (expected === null) t.match(report, { outcome: 'refused', reason: 'no-candidate' }, name);
    else t.match(report, { outcome: 'would-switch', newMaster: expected }, name);
    t.same(harness.did('promote', 'withdraw', 'hold'), [], `${name}: nothing was touched`);
  }
});

await t.test('signs of life refuse it', async (t) => {
  const cases: readonly [string, (harness: Harness) => void, string, boolean][] = [
    ['the master answers on another connection', (h) => revive(h, 'a'), 'master-answers', false],
    [
      'it refuses the password',
      (h) => h.a.trouble('connect', { how: 'refused', code: 'NOAUTH' }),
      'master-answers',
      true,
    ],
    ['it is busy', (h) => h.a.trouble('connect', { how: 'refused', code: 'BUSY' }), 'master-answers', true],
    ['it is loading', (h) => (revive(h, 'a'), (h.a.facts_ = { loading: true })), 'master-answers', true],
    ['its name is not found', (h) => h.a.trouble('connect', { how: 'unsent', code: 'ENOTFOUND' }), 'cut-off', false],
    ['nobody answers', (h) => (die(h, 'b'), die(h, 'c')), 'cut-off', false],
    ['another node is a master', (h) => ((h.c.role_ = 'master'), (h.c.follows = null)), 'another-master', false],
    [
      'a replica has heard of it',
      (h) => (h.b.facts_ = { follows: { node: A, linkUp: true, syncing: false, heardMsAgo: 0 } }),
      'master-heard',
      true,
    ],
  ];
  for (const [name, sign, reason, isForced] of cases) {
    const harness = deadMaster();
    harness.clock.stall(5_000);
    sign(harness);
    t.match(await harness.run(UNPLANNED), { outcome: 'refused', reason }, name);
    t.same(harness.did('promote', 'withdraw', 'hold'), [], `${name}: nothing was touched`);
    t.equal(harness.service.status().state, 'serving');
    const forced = await harness.run({ ...UNPLANNED, forceOnTimeout: true });
    t.equal(forced.outcome, isForced ? 'switched' : 'refused', `${name}: with FORCE`);
  }
});

await t.test('what a replica heard before the silence proves nothing', async (t) => {
  const harness = deadMaster();
  harness.clock.stall(5_000);
  harness.b.facts_ = { follows: { node: A, linkUp: true, syncing: false, heardMsAgo: 5_000 } };
  t.match(await harness.run(UNPLANNED), { outcome: 'switched', newMaster: B });
});

await t.test('the master comes back before the promotion is sent: it goes on', async (t) => {
  const harness = deadMaster();
  // It is back while the intent is written.
  harness.dataPath.prepareEnds = 'never';
  const answer = harness.begin(UNPLANNED);
  await harness.until(() => harness.did('hold').length > 0, 'the hold');
  revive(harness, 'a');
  await harness.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'aborted', reason: 'master-is-back', kind: 'failover' });
  t.same(harness.did('promote'), []);
  t.equal(harness.did('release').length, 1, 'the gate is opened');
  t.equal(harness.dataPath.master, null, 'whoever watches the nodes says what is served next');
  t.equal(harness.store.state?.intent, null);
});

await t.test('connections that can not be opened do not keep the master from moving', async (t) => {
  for (const prepareEnds of ['never', 'refused']) {
    const harness = deadMaster();
    harness.dataPath.prepareEnds = prepareEnds;
    t.match(await harness.run(UNPLANNED), { outcome: 'switched', newMaster: B });
  }
});

await t.test('without a state file nothing is promoted', async (t) => {
  const harness = deadMaster();
  harness.store.failing = 1;
  t.match(await harness.run(UNPLANNED), { outcome: 'aborted', reason: 'state-not-written' });
  t.same(harness.did('promote'), []);
});

await t.test('the candidate refuses: the outage goes on', async (t) => {
  const harness = deadMaster();
  harness.b.trouble('promote', { how: 'refused' });
  t.match(await harness.run(UNPLANNED), { outcome: 'aborted', reason: 'promotion-refused' });
  t.equal(harness.dataPath.master, null);
  t.equal(harness.dataPath.closed, false);
});

await t.test('the answer to the promotion is lost: the candidate itself says whether it ran', async (t) => {
  const ran = deadMaster();
  ran.b.trouble('promote', { how: 'lost' });
  t.match(await ran.run(UNPLANNED), { outcome: 'switched', newMaster: B });
  const didNot = deadMaster();
  didNot.b.trouble('promote', { how: 'never' });
  t.match(await didNot.run(UNPLANNED), { outcome: 'aborted', reason: 'promotion-did-not-happen' });
  t.equal(didNot.dataPath.master, null, 'nobody is served, as before');
});

await t.test('a planned switch does not wait for a dead node, and demotes it later', async (t) => {
  const harness = deadMaster();
  await harness.run(UNPLANNED);
  harness.c.linkUp = true;
  harness.c.offset = harness.b.offset;
  const report = await harness.run({ to: C });
  t.match(report, { outcome: 'switched', oldMaster: B, newMaster: C });
  t.match(harness.store.state?.intent, { from: B, to: C, former: [A] });
  revive(harness, 'a');
  await atRest(harness);
  t.equal(harness.a.follows, C);
});

await t.test('a planned switch that is refused forgets nothing', async (t) => {
  const harness = deadMaster();
  await harness.run(UNPLANNED);
  t.match(await harness.run({ to: A }), { outcome: 'refused' });
  t.match(harness.store.state?.intent, { from: A, to: B, unplanned: true });
  revive(harness, 'a');
  await atRest(harness);
  t.equal(harness.a.follows, B);
});

await t.test('stopped by the operator, or by the end', async (t) => {
  for (const stop of ['abort', 'shutdown'] as const) {
    const harness = deadMaster();
    harness.dataPath.prepareEnds = 'never';
    const answer = harness.begin(UNPLANNED);
    await harness.until(() => harness.did('hold').length > 0, 'the hold');
    void harness.service[stop]();
    await harness.until(() => answer.report !== null, 'the answer');
    t.match(answer.report, { outcome: 'aborted' });
    t.same(harness.did('promote'), []);
    t.equal(harness.dataPath.closed, false);
  }
});

await t.test('whoever else owns the roles does it', async (t) => {
  const harness = deadMaster();
  harness.strategy.traits = { ...harness.strategy.traits, topology: 'sentinel' };
  t.match(await harness.run(UNPLANNED), { outcome: 'refused', reason: 'managed-elsewhere' });
});

await t.test('nobody knows who the master was', async (t) => {
  const harness = new Harness();
  t.match(await harness.run(UNPLANNED), { outcome: 'refused', reason: 'no-master' });
});

await t.test('after a restart the state file knows who the master was', async (t) => {
  const harness = deadMaster();
  harness.service.askForLostMaster(() => null);
  const report = await harness.run(UNPLANNED);
  t.match(report, { outcome: 'switched', oldMaster: A, newMaster: B, offsetGap: 0 });
  t.match(report.notes[0], /is not known/);
});
