import t from 'tap';
import { NodeError } from '../../../src/switchover/ports.js';
import { refuse } from '../../../src/switchover/candidate.js';
import { DIRECT } from './fake-strategy.js';
import { A, B, C, Harness } from './harness.js';

await t.test('whoever owns the roles is asked, and may refuse', async (t) => {
  const h = new Harness();
  h.strategy.survey_ = refuse('owner-unreachable', 'no Sentinel answers');
  const report = await h.run();
  t.match(report, { outcome: 'refused', reason: 'owner-unreachable', sentence: /no Sentinel answers/ });
  t.same(h.did('hold', 'prepare'), []);
  t.equal(h.strategy.concluded, 1);
});

await t.test('an owner that names another master than the nodes do stops a switchover', async (t) => {
  const h = new Harness();
  h.strategy.survey_ = { master: C, promotionMs: 0 };
  t.match(await h.run(), { outcome: 'refused', reason: 'owner-disagrees', sentence: new RegExp(`${C}.*${A}`) });
  h.strategy.survey_ = { master: A, promotionMs: 0 };
  t.match(await h.run(), { outcome: 'switched' });
});

await t.test(
  'the last preparations are made before the intent is written, not in a dry run, and concluded',
  async (t) => {
    const h = new Harness();
    h.strategy.traits = { ...DIRECT, arrangeTimeoutMs: 1_000 };
    h.strategy.survey_ = { master: null, promotionMs: 50 };
    h.strategy.arrangement = { beat: null, promotionMs: 3, note: 'it was hard' };
    const dry = await h.run({ to: B, dryRun: true });
    t.same(h.strategy.arranged, []);
    t.ok(dry.predictedStallUs > 50_000, 'what it would cost is part of the prediction');
    const report = await h.run();
    t.same(h.strategy.arranged, [`${A} ${B}`]);
    t.match(report, { outcome: 'switched', notes: ['it was hard'] });
    t.ok(report.predictedStallUs < 50_000, 'better than feared');
    t.equal(h.strategy.concluded, 2);
  },
);

await t.test('preparations that fail refuse the switchover', async (t) => {
  const h = new Harness();
  h.strategy.traits = { ...DIRECT, arrangeTimeoutMs: 1_000 };
  h.strategy.arrangement = new NodeError(B, 'refused', 'it does not want to');
  t.match(await h.run(), { outcome: 'refused', reason: 'not-arranged', sentence: /does not want to/ });
  t.same(h.did('hold'), []);
  t.equal(h.store.state?.intent ?? null, null);
});

await t.test('the gate is closed so that the promotion meets the next beat of the candidate', async (t) => {
  for (const atMs of [10, 1_000, 12_345]) {
    const h = new Harness();
    h.strategy.traits = { ...DIRECT, arrangeTimeoutMs: 1_000 };
    h.strategy.arrangement = { beat: { atMs, periodMs: 100, leadMs: 3 }, promotionMs: 3, note: '' };
    let heldAt = 0;
    h.a.hooks.set('fence', () => {
      heldAt = h.clock.now();
    });
    const report = await h.run();
    t.equal(report.outcome, 'switched');
    const predictedLeadMs = report.predictedStallUs / 1_000 - 3 - 0.1;
    const beat = heldAt + predictedLeadMs + 3 + 1;
    t.ok(Math.abs(Math.round((beat - atMs) / 100) * 100 - (beat - atMs)) < 0.01, `closed at ${heldAt}`);
  }
});

await t.test('a hold that is not ready in time for its beat lets the clients go, and takes the next', async (t) => {
  const h = new Harness();
  h.strategy.traits = { ...DIRECT, arrangeTimeoutMs: 1_000 };
  h.strategy.arrangement = { beat: { atMs: 1_234, periodMs: 100, leadMs: 3 }, promotionMs: 3, note: '' };
  h.a.trouble('fence', { how: 'late', ms: 20 }, null);
  let promotedAt = 0;
  h.b.hooks.set('promote', () => {
    promotedAt = h.clock.now();
  });
  const report = await h.run();
  t.match(report, { outcome: 'switched', notes: [/closed 2 times/] });
  t.same(h.did('hold', 'fence', 'unfence', 'promote', 'release', 'demote', 'discardPrepared', 'prepare'), [
    `prepare ${B}`,
    'hold',
    `fence ${A} 500`,
    `release ${A}`,
    `unfence ${A}`,
    'hold',
    `fence ${A} 500`,
    `promote ${B}`,
    `release ${B}`,
    `demote ${A} ${B}`,
  ]);
  const untilBeat = 100 - ((promotedAt - 1_234 + 100_000) % 100);
  t.ok(untilBeat < 10, `${untilBeat} ms before the next beat`);
  t.ok(report.stallUs < 20_000, 'the last hold is the one that is stated');
});

await t.test('holds that never come in time end in a wait', async (t) => {
  const h = new Harness();
  h.strategy.traits = { ...DIRECT, arrangeTimeoutMs: 1_000 };
  h.strategy.arrangement = { beat: { atMs: 1_234, periodMs: 100, leadMs: 3 }, promotionMs: 3, note: '' };
  h.a.trouble('fence', { how: 'late', ms: 20 });
  t.match(await h.run(), { outcome: 'switched' });
  t.equal(h.dataPath.holds, 5);
  t.equal(h.did('promote').length, 1);
});

for (const verb of ['unfence', 'abort'] as const) {
  await t.test(`trouble between two holds is an abort: ${verb}`, async (t) => {
    const h = new Harness();
    h.strategy.traits = { ...DIRECT, arrangeTimeoutMs: 1_000 };
    h.strategy.arrangement = { beat: { atMs: 1_234, periodMs: 100, leadMs: 3 }, promotionMs: 3, note: '' };
    h.a.trouble('fence', { how: 'late', ms: 20 });
    if (verb === 'unfence') h.a.trouble('unfence', { how: 'refused' }, null);
    else h.a.hooks.set('unfence', () => setImmediate(() => h.service.abort()));
    const reason = verb === 'unfence' ? 'old-master-lost' : 'stopped-by-operator';
    t.match(await h.run(), { outcome: 'aborted', reason });
    t.same(h.did('promote'), []);
    t.equal(h.dataPath.releases, h.dataPath.holds);
    t.equal(h.a.pausedUntil, 0);
  });
}

await t.test('a switchover can be stopped while it waits for its moment', async (t) => {
  const h = new Harness();
  h.strategy.traits = { ...DIRECT, arrangeTimeoutMs: 1_000 };
  h.strategy.arrangement = { beat: { atMs: 90_000, periodMs: 90_000, leadMs: 3 }, promotionMs: 3, note: '' };
  const answer = h.begin();
  await h.untilState('timing');
  t.equal(h.service.abort(), true);
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'aborted', reason: 'stopped-by-operator' });
  t.same(h.did('hold'), []);
  t.equal(h.store.state?.intent ?? null, null, 'a restart has nothing to finish');
});

await t.test('where the promotion cuts connections, new ones are opened and marked behind it', async (t) => {
  const h = new Harness();
  h.strategy.traits = { ...DIRECT, cutsConnections: true };
  t.match(await h.run(), { outcome: 'switched' });
  t.same(h.did('prepare', 'hold', 'promote', 'mark', 'discardPrepared', 'redirect', 'release'), [
    `prepare ${B}`,
    'hold',
    `promote ${B}`,
    'discardPrepared',
    `prepare ${B}`,
    'mark',
    `redirect ${B}`,
    `release ${B}`,
  ]);
});

await t.test('connections that can not be opened behind the promotion do not keep the gate shut', async (t) => {
  for (const how of ['the port is closed', 'never']) {
    const h = new Harness();
    h.strategy.traits = { ...DIRECT, cutsConnections: true };
    h.b.hooks.set('promote', () => {
      h.dataPath.prepareEnds = how;
    });
    t.match(await h.run(), { outcome: 'switched' });
    t.equal(h.dataPath.releases, 1);
  }
});

await t.test('a role that can not be written is noted, and no reason to try again', async (t) => {
  const h = new Harness();
  h.c.unpersisted = 'The server is running without a config file';
  const report = await h.run();
  t.match(report, { outcome: 'switched', settled: true });
  t.same(report.notes, [`${C} will not keep its role over a restart: The server is running without a config file`]);
});

await t.test('a node that does not answer is asked to write its role until it does', async (t) => {
  const h = new Harness();
  h.b.trouble('persist', { how: 'unknown' }, { how: 'unsent' }, null);
  t.match(await h.run(), { outcome: 'switched', settled: true, notes: [] });
  t.equal(h.did('persist').filter((line) => line.includes(B)).length, 3);
});

await t.test('a replica that is restarted before its file knows its role is told again', async (t) => {
  const h = new Harness();
  h.c.hooks.set('persist', () => {
    h.c.hooks.delete('persist');
    h.c.follows = A;
  });
  t.match(await h.run(), { outcome: 'switched', settled: true, notes: [] });
  t.equal(h.c.follows, B);
  t.equal(h.did('follow').filter((line) => line.includes(C)).length, 2);
  t.equal(h.did('persist').filter((line) => line.includes(C)).length, 2, 'and what was written is written over');
});

await t.test('so is a former master that comes back as one before its file knows better', async (t) => {
  const h = new Harness();
  h.a.hooks.set('persist', () => {
    h.a.hooks.delete('persist');
    h.a.facts_ = { runId: 'restarted' };
    h.a.role_ = 'master';
    h.a.follows = null;
  });
  t.match(await h.run(), { outcome: 'switched', settled: true });
  t.equal(h.a.role_, 'replica');
  t.equal(h.did('persist').filter((line) => line.includes(A)).length, 2);
});

await t.test('a new master that comes back as a replica before its file knows better is named', async (t) => {
  const h = new Harness();
  h.b.hooks.set('persist', () => {
    h.b.hooks.delete('persist');
    h.b.role_ = 'replica';
    h.b.follows = A;
  });
  const answer = h.begin();
  const why = () => h.service.status().unsettled.find(({ node }) => node === B)?.why ?? '';
  await h.until(() => why().includes('says that it is a replica'), 'that it is told');
  h.b.role_ = 'master';
  h.b.follows = null;
  await h.until(() => answer.report !== null, 'the answer');
  await h.untilState('serving');
  t.equal(h.store.state?.history.at(-1)?.settled, true);
  t.ok(h.did('persist').filter((line) => line.includes(B)).length >= 2, 'what was written is written over');
});

await t.test('roles are not written where that is not wanted', async (t) => {
  const h = new Harness({ persistRoles: false });
  t.match(await h.run(), { outcome: 'switched', settled: true });
  t.same(h.did('persist'), []);
});
