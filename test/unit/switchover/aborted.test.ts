import t from 'tap';
import type { AbortReason } from '../../../src/switchover/reasons.js';
import { A, B, Harness } from './harness.js';

/** Each abort: what makes it. In all of them the old master goes on, and the gate closes and opens exactly once. */
const CASES: readonly {
  readonly reason: AbortReason;
  readonly when: string;
  readonly given: (h: Harness) => void;
  readonly unfenced: boolean;
}[] = [
  {
    reason: 'drain-timeout',
    when: 'a write is never answered',
    given: (h) => void (h.dataPath.drainEnds = 'never'),
    unfenced: false,
  },
  {
    reason: 'old-master-lost',
    when: 'draining fails',
    given: (h) => void (h.dataPath.drainEnds = 'link lost'),
    unfenced: false,
  },
  {
    reason: 'old-master-lost',
    when: 'draining throws',
    given: (h) => void h.dataPath.throwing.set('drained', 1),
    unfenced: false,
  },
  {
    reason: 'fence-failed',
    when: 'the pause is refused',
    given: (h) => h.a.trouble('fence', { how: 'refused' }),
    unfenced: true,
  },
  {
    reason: 'fence-failed',
    when: 'the pause is not answered',
    given: (h) => h.a.trouble('fence', { how: 'lost' }),
    unfenced: true,
  },
  {
    reason: 'fence-failed',
    when: 'the pause times out',
    given: (h) => h.a.trouble('fence', { how: 'unknown', ran: true }),
    unfenced: true,
  },
  {
    reason: 'fence-failed',
    when: 'the port throws',
    given: (h) => h.a.trouble('fence', { how: 'throws' }),
    unfenced: true,
  },
  {
    reason: 'fence-failed',
    when: 'the answer is late',
    given: (h) => h.a.trouble('fence', { how: 'late', ms: 150 }),
    unfenced: true,
  },
  {
    reason: 'old-master-lost',
    when: 'the connection is gone',
    given: (h) => h.a.trouble('fence', { how: 'unsent' }),
    unfenced: true,
  },
  { reason: 'catchup-timeout', when: 'the candidate stays behind', given: staysBehind, unfenced: true },
  {
    reason: 'catchup-timeout',
    when: 'the candidate never states an offset',
    given: (h) => h.b.trouble('appliedOffset', null, { how: 'never' }),
    unfenced: true,
  },
  {
    reason: 'candidate-lost',
    when: 'the candidate breaks off',
    given: (h) => h.b.trouble('appliedOffset', null, { how: 'unknown' }),
    unfenced: true,
  },
  {
    reason: 'promotion-refused',
    when: 'the promotion is refused',
    given: (h) => h.b.trouble('promote', { how: 'refused' }),
    unfenced: true,
  },
  {
    reason: 'candidate-lost',
    when: 'the promotion was not sent',
    given: (h) => h.b.trouble('promote', { how: 'unsent' }),
    unfenced: true,
  },
  {
    reason: 'promotion-did-not-happen',
    when: 'the answer is lost and the roles disprove it',
    given: (h) => h.b.trouble('promote', { how: 'unknown' }),
    unfenced: true,
  },
  {
    reason: 'promotion-did-not-happen',
    when: 'no answer ever comes and the roles disprove it',
    given: (h) => h.b.trouble('promote', { how: 'never' }),
    unfenced: true,
  },
  {
    reason: 'internal-error',
    when: 'the gate can not be closed',
    given: (h) => void h.dataPath.throwing.set('hold', 1),
    unfenced: false,
  },
];

/** Both readings of preflight are fine; what is written after them does not arrive. */
function staysBehind(h: Harness): void {
  h.b.appliedScript.push(100);
  h.a.offset = 100;
  h.b.offset = 99;
}

for (const { reason, when, given, unfenced } of CASES) {
  await t.test(`aborted ${reason}: ${when}`, async (t) => {
    const h = new Harness();
    given(h);
    const report = await h.run({ to: B });
    t.match(report, { outcome: 'aborted', reason, oldMaster: A, newMaster: B, epoch: 0, settled: false });
    const closed = when === 'the gate can not be closed' ? 0 : 1;
    t.equal(h.dataPath.holds, closed);
    t.equal(h.dataPath.releases, closed, 'opened as often as closed');
    t.equal(h.dataPath.releaseCalls, closed, 'and not once more');
    t.same(h.dataPath.releasedTo, closed === 1 ? [A] : [], 'to the old master');
    t.equal(h.did('redirect', 'withdraw', 'demote', 'follow').length, 0, 'nobody was moved');
    t.equal(h.did('unfence').length > 0, unfenced);
    t.equal(h.a.pausedUntil, 0, 'the old master is not paused');
    t.equal(h.b.role_, 'replica');
    t.equal(h.dataPath.prepared, null);
    t.equal(h.store.state?.intent ?? null, null);
    t.equal(h.service.status().state, 'serving');
    t.match(await againFine(h), { outcome: 'switched' }, 'the next one can go well');
  });
}

/** Heals everything, and switches once more. */
async function againFine(h: Harness) {
  for (const node of [h.a, h.b])
    for (const verb of ['fence', 'promote', 'appliedOffset'] as const) node.trouble(verb, null);
  h.b.offset = h.a.offset;
  h.dataPath.drainEnds = 'done';
  await h.pass(2_000);
  return h.run({ to: B });
}

await t.test('an operator can stop it before the point of no return, and only then', async (t) => {
  for (const state of ['inspecting', 'preparing', 'draining', 'fencing', 'catching-up']) {
    const h = new Harness();
    if (state === 'inspecting') h.b.trouble('facts', { how: 'never' });
    if (state === 'preparing') h.dataPath.prepareEnds = 'never';
    if (state === 'draining') h.dataPath.drainEnds = 'never';
    if (state === 'fencing') h.a.trouble('fence', { how: 'late', ms: 50 });
    if (state === 'catching-up') staysBehind(h);
    const answer = h.begin({ to: B });
    await h.until(() => h.service.status().state === state, state);
    t.equal(h.service.abort(), true, state);
    await h.until(() => answer.report !== null, 'the answer');
    t.match(answer.report, { outcome: 'aborted', reason: 'stopped-by-operator' });
    t.equal(h.dataPath.closed, false);
    t.equal(h.dataPath.releases, h.dataPath.holds);
    t.equal(h.dataPath.master, A);
  }
  const late = new Harness();
  late.b.trouble('promote', { how: 'late', ms: 50 });
  const answer = late.begin({ to: B });
  await late.untilState('promoting');
  t.equal(late.service.abort(), false, 'past the point of no return');
  await late.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'switched' });
  t.equal(late.service.abort(), false, 'nothing to stop');
});

await t.test('the pause is extended when it might end before the promotion', async (t) => {
  const h = new Harness({ pauseTimeoutMs: 310 });
  staysBehind(h);
  const answer = h.begin({ to: B });
  await h.untilState('catching-up');
  // The event loop was busy: the deadline is late, and so is what comes before it.
  h.clock.stall(150);
  h.b.offset = 100;
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'switched' });
  t.same(h.did('extendFence'), [`extendFence ${A} 310`]);
});

await t.test('a pause that ended already ends the switchover: T no longer covers everything', async (t) => {
  const h = new Harness({ pauseTimeoutMs: 310 });
  staysBehind(h);
  const answer = h.begin({ to: B });
  await h.untilState('catching-up');
  h.clock.stall(400);
  h.b.offset = 100;
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'aborted', reason: 'pause-too-short' });
  t.same(h.did('promote', 'extendFence'), [], 'and is not begun anew');
});

await t.test('a pause that was extended only after it had ended does not count', async (t) => {
  const h = new Harness({ pauseTimeoutMs: 900 });
  staysBehind(h);
  h.a.trouble('extendFence', { how: 'late', ms: 180 });
  const answer = h.begin({ to: B });
  await h.untilState('catching-up');
  h.clock.stall(750);
  h.b.offset = 100;
  await h.until(() => answer.report !== null, 'the answer');
  t.match(answer.report, { outcome: 'aborted', reason: 'pause-too-short' });
  t.equal(h.did('promote').length, 0);
});

for (const trouble of [{ how: 'refused' }, { how: 'never' }, { how: 'late', ms: 180 }] as const) {
  await t.test(`a pause that can not be extended in time (${trouble.how}) ends the switchover`, async (t) => {
    const h = new Harness({ pauseTimeoutMs: 310 });
    staysBehind(h);
    h.a.trouble('extendFence', trouble);
    const answer = h.begin({ to: B });
    await h.untilState('catching-up');
    h.clock.stall(150);
    h.b.offset = 100;
    await h.until(() => answer.report !== null, 'the answer');
    t.match(answer.report, { outcome: 'aborted', reason: 'pause-too-short' });
    t.equal(h.did('promote').length, 0);
    t.same(h.dataPath.releasedTo, [A]);
  });
}

await t.test('an UNPAUSE that fails does not keep the gate shut, and is tried again', async (t) => {
  const h = new Harness();
  h.b.trouble('promote', { how: 'refused' });
  h.a.trouble('unfence', { how: 'unknown' }, { how: 'unsent' }, null);
  const report = await h.run({ to: B });
  t.match(report, { outcome: 'aborted', reason: 'promotion-refused' });
  t.equal(h.did('unfence').length, 3);
  t.ok(h.trace.indexOf(`release ${A}`) < h.trace.lastIndexOf(`unfence ${A}`), 'released first');
  t.equal(h.a.pausedUntil, 0);
});
