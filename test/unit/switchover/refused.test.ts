import t from 'tap';
import type { RefusalReason } from '../../../src/switchover/reasons.js';
import { A, B, C, Harness } from './harness.js';

/** Each refusal: what makes it, and what is asked for. Preflight must leave nothing behind in any of them. */
const CASES: readonly {
  readonly reason: RefusalReason;
  readonly when: string;
  readonly given: (h: Harness) => void;
  readonly to?: string;
  readonly pauseTimeoutMs?: number;
}[] = [
  { reason: 'unknown-node', when: 'the node is not configured', given: () => undefined, to: '127.0.0.1:9999' },
  { reason: 'already-master', when: 'the node is the master', given: () => undefined, to: A },
  { reason: 'no-master', when: 'all are replicas', given: (h) => void (h.a.role_ = 'replica'), to: B },
  { reason: 'two-masters', when: 'two are masters', given: (h) => void (h.c.role_ = 'master'), to: B },
  {
    reason: 'node-down',
    when: 'the candidate is down',
    given: (h) => h.b.trouble('connect', { how: 'unsent' }),
    to: B,
  },
  {
    reason: 'node-down',
    when: 'the candidate never answers',
    given: (h) => h.b.trouble('facts', { how: 'never' }),
    to: B,
  },
  { reason: 'node-down', when: 'the port throws', given: (h) => h.b.trouble('facts', { how: 'throws' }), to: B },
  { reason: 'not-a-replica', when: 'the candidate follows another', given: (h) => void (h.b.follows = C), to: B },
  { reason: 'link-down', when: 'the link is down', given: (h) => void (h.b.linkUp = false), to: B },
  { reason: 'syncing', when: 'the candidate syncs', given: (h) => void (h.b.syncing = true), to: B },
  { reason: 'loading', when: 'the candidate loads', given: (h) => void (h.b.facts_ = { loading: true }), to: B },
  {
    reason: 'loading',
    when: 'the candidate answers LOADING',
    given: (h) => h.b.trouble('facts', { how: 'refused', code: 'LOADING' }),
    to: B,
  },
  { reason: 'priority-zero', when: 'priority 0', given: (h) => void (h.b.facts_ = { priority: 0 }), to: B },
  {
    reason: 'namespaces-differ',
    when: 'the candidate knows other tokens',
    given: (h) => {
      h.a.facts_ = { namespaces: 'some' };
      h.b.facts_ = { namespaces: 'others' };
    },
    to: B,
  },
  { reason: 'lagging', when: 'it is behind and stands still', given: (h) => void (h.b.offset = 50), to: B },
  {
    reason: 'wrong-credentials',
    when: 'the candidate refuses the password',
    given: (h) => h.b.trouble('connect', { how: 'refused', code: 'WRONGPASS' }),
    to: B,
  },
  {
    reason: 'wrong-credentials',
    when: 'the master refuses the password',
    given: (h) => h.a.trouble('connect', { how: 'refused', code: 'NOAUTH' }),
    to: B,
  },
  {
    reason: 'pause-unsupported',
    when: 'the master can not pause',
    given: (h) => void (h.a.facts_ = { canPause: false }),
    to: B,
  },
  { reason: 'pause-too-short', when: 'the pause is too short', given: () => undefined, to: B, pauseTimeoutMs: 150 },
  {
    reason: 'managed-elsewhere',
    when: 'cluster mode',
    given: (h) => void (h.a.facts_ = { clusterEnabled: true }),
    to: B,
  },
  {
    reason: 'managed-elsewhere',
    when: 'a Sentinel',
    given: (h) => void (h.a.facts_ = { watchedBySentinel: true }),
    to: B,
  },
  { reason: 'prepare-failed', when: 'prepare fails', given: (h) => void (h.dataPath.prepareEnds = 'no'), to: B },
  { reason: 'prepare-failed', when: 'prepare throws', given: (h) => void h.dataPath.throwing.set('prepare', 1), to: B },
  {
    reason: 'preflight-timeout',
    when: 'prepare never ends',
    given: (h) => void (h.dataPath.prepareEnds = 'never'),
    to: B,
  },
  {
    reason: 'node-down',
    when: 'measuring fails',
    given: (h) => h.a.trouble('masterOffset', { how: 'unknown' }),
    to: B,
  },
  {
    reason: 'state-not-writable',
    when: 'the intent can not be written',
    given: (h) => void (h.store.failing = 1),
    to: B,
  },
  {
    reason: 'no-candidate',
    when: 'no replica can take over',
    given: (h) => {
      h.b.linkUp = false;
      h.c.facts_ = { priority: 0 };
    },
  },
];

for (const { reason, when, given, to, pauseTimeoutMs } of CASES) {
  await t.test(`refused ${reason}: ${when}`, async (t) => {
    const h = new Harness();
    given(h);
    const report = await h.run({
      ...(to === undefined ? {} : { to }),
      ...(pauseTimeoutMs === undefined ? {} : { pauseTimeoutMs }),
    });
    t.match(report, { outcome: 'refused', reason, stallUs: 0, epoch: 0, settled: false });
    t.not(report.sentence, '');
    t.equal(h.dataPath.holds, 0, 'the gate was never closed');
    t.equal(h.dataPath.prepared, null, 'nothing stays prepared');
    t.same(h.did('fence', 'promote', 'demote', 'follow', 'redirect', 'withdraw'), []);
    t.equal(h.service.status().state, 'serving');
    await h.pass(2_000);
    t.equal(h.service.history().at(-1)?.reason, reason);
    t.equal(h.store.state?.intent ?? null, null, 'no intent stays behind');
    t.equal(h.finished.length, 1);
    t.equal(h.clock.pending, 0, 'no timer stays behind');
  });
}

await t.test('a second switchover is refused while one runs, and does not disturb it', async (t) => {
  const h = new Harness();
  const first = h.begin({ to: B });
  const second = h.begin({ to: C });
  await h.until(() => first.report !== null, 'the first answer');
  t.match(first.report, { outcome: 'switched', newMaster: B });
  t.match(second.report, { outcome: 'refused', reason: 'in-progress' });
  t.equal(h.service.history().length, 1, 'what never began is not history');
});

await t.test('without a name the best replica is taken', async (t) => {
  const lowest = new Harness();
  lowest.b.facts_ = { priority: 100 };
  lowest.c.facts_ = { priority: 10 };
  t.match(await lowest.run({}), { outcome: 'switched', newMaster: C }, 'the lowest priority first');

  const furthest = new Harness();
  furthest.a.offset = 101;
  furthest.c.offset = 101;
  t.match(await furthest.run({}), { outcome: 'switched', newMaster: C }, 'then the highest offset');

  const healthy = new Harness();
  healthy.b.linkUp = false;
  healthy.b.facts_ = { priority: 1 };
  t.match(await healthy.run({}), { outcome: 'switched', newMaster: C }, 'only who can take over');
});

await t.test('a replica that knows its master by another host name is a replica of it', async (t) => {
  const h = new Harness();
  h.b.follows = 'localhost:7001';
  h.a.facts_ = { replId: 'stream' };
  h.b.facts_ = { replId: 'another' };
  t.match(await h.run({ to: B }), { outcome: 'refused', reason: 'not-a-replica' }, 'the same port of another shard');
  h.b.facts_ = { replId: 'stream' };
  t.match(await h.run({ to: B }), { outcome: 'switched', newMaster: B });
});

await t.test('a longer catch-up brings its own longer pause', async (t) => {
  const h = new Harness();
  t.match(await h.run({ to: B, syncTimeoutMs: 2_000 }), { outcome: 'switched' });
  t.same(h.did('fence'), [`fence ${A} 2400`]);
});
