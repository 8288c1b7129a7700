import t, { type Test } from 'tap';
import { atRest, deadMaster, die, MASTER_FACTS, revive, UNPLANNED } from './dead-master.js';
import { A, B, C, type Harness } from './harness.js';

async function candidateDies(t: Test): Promise<Harness> {
  const harness = deadMaster();
  harness.b.trouble('promote', { how: 'lost' });
  harness.b.hooks.set('promote', () => {
    for (const verb of ['connect', 'facts', 'role', 'demote', 'follow'] as const) {
      harness.b.trouble(verb, { how: 'unsent', code: 'ECONNREFUSED' });
    }
  });
  t.match(await harness.run(UNPLANNED), { outcome: 'unresolved', reason: 'roles-unknown', kind: 'failover' });
  t.equal(harness.dataPath.master, null);
  return harness;
}

await t.test(
  'the candidate dies over its promotion: the next one takes over, and both are demoted later',
  async (t) => {
    const harness = await candidateDies(t);
    t.match(await harness.run(UNPLANNED), { outcome: 'switched', oldMaster: A, newMaster: C });
    t.match(harness.store.state?.intent, { from: A, to: C, former: [B] });
    revive(harness, 'b');
    await harness.until(() => harness.b.follows === C, 'the first candidate follows');
    t.equal(harness.b.role_, 'replica');
    t.match(harness.store.state?.intent, { from: A, to: C }, 'the old master is still missing');
    revive(harness, 'a');
    await atRest(harness);
    t.same([harness.a.role_, harness.a.follows, harness.store.state?.intent], ['replica', C, null]);
  },
);

await t.test('nobody else can take over: the first promotion is still found out', async (t) => {
  const harness = await candidateDies(t);
  die(harness, 'c');
  t.match(await harness.run(UNPLANNED), { outcome: 'refused', reason: 'cut-off' });
  t.equal(harness.service.status().state, 'unresolved', 'as before');
  t.match(harness.store.state?.intent, { from: A, to: B }, 'the intent stays');
  revive(harness, 'b');
  await harness.untilState('settling');
  t.equal(harness.dataPath.master, B);
});

await t.test('the new master dies before the old one is demoted: the third takes over', async (t) => {
  const harness = deadMaster();
  await harness.run(UNPLANNED);
  die(harness, 'b');
  harness.c.linkUp = false;
  const facts = { ...MASTER_FACTS, node: B };
  harness.service.askForLostMaster(() => ({ node: B, facts, seenAt: null, silentSince: null }));
  t.match(await harness.run(UNPLANNED), { outcome: 'switched', oldMaster: B, newMaster: C });
  t.match(harness.store.state?.intent, { from: B, to: C, former: [A] });
  revive(harness, 'a');
  revive(harness, 'b');
  await atRest(harness);
  t.same([harness.a.follows, harness.b.follows], [C, C]);
});

/** A shard in which all follow somebody, and nobody leads. */
function leaderless(): Harness {
  const harness = deadMaster();
  revive(harness, 'a');
  harness.a.role_ = 'replica';
  harness.a.follows = B;
  harness.a.offset = 110;
  for (const verb of ['follow', 'demote'] as const) harness.a.hooks.set(verb, () => (harness.a.linkUp = true));
  // Those who follow it already have only waited for it.
  harness.a.hooks.set('promote', () => (harness.b.linkUp = harness.c.linkUp = true));
  const now = harness.clock.now();
  harness.service.askForLostMaster(() => ({ node: A, facts: null, seenAt: null, silentSince: null }));
  harness.clock.stall(now);
  return harness;
}

await t.test('nobody is dead, and nobody is a master: the one with the most data becomes it', async (t) => {
  const last = leaderless();
  t.match(await last.run(UNPLANNED), { outcome: 'switched', newMaster: A }, 'the last one, if others have no more');
  await atRest(last);
  t.same([last.b.follows, last.c.follows], [A, A]);
  const other = leaderless();
  other.c.offset = 111;
  const report = await other.run(UNPLANNED);
  t.match(report, { outcome: 'switched', oldMaster: A, newMaster: C });
  t.match(report.notes[0], /no node was a master/);
  await atRest(other);
  t.same([other.a.follows, other.b.follows], [C, C]);
  const waits = leaderless();
  const refused = await waits.run({ ...UNPLANNED, deposed: false });
  t.match(refused, { outcome: 'refused', reason: 'master-answers' }, 'who asked for a dead one does not get it');
});
