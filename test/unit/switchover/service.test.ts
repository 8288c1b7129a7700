import t from 'tap';
import type { RoleFacts, SwitchState } from '../../../src/switchover/ports.js';
import { A, B, C, Harness } from './harness.js';

const INTENT = { id: 'earlier', from: A, to: B, startedAt: '2026-01-01T00:00:00.000Z' };
const STATE: SwitchState = { version: 1, epoch: 4, master: A, intent: INTENT, history: [] };
const MASTER: RoleFacts = { role: 'master', offset: 100 };
const REPLICA: RoleFacts = { role: 'replica', offset: 100 };

await t.test('listeners hear every lasting state, never while clients are held, and may throw', async (t) => {
  const h = new Harness();
  h.a.trouble('fence', { how: 'late', ms: 50 });
  const heard: string[] = [];
  const stop = h.service.onState((status) => {
    t.equal(h.dataPath.closed, false);
    heard.push(status.state);
    throw new Error('a bad listener');
  });
  await h.run({ to: B });
  await h.untilState('serving');
  await h.pass(5);
  const order = [
    'inspecting',
    'measuring',
    'recording',
    'draining',
    'catching-up',
    'promoting',
    'redirecting',
    'settling',
    'serving',
  ];
  t.strictSame(
    heard.filter((state, i) => order.includes(state) && heard.indexOf(state) === i),
    order.filter((state) => heard.includes(state)),
  );
  t.equal(heard.at(-1), 'serving');
  stop();
  const before = heard.length;
  await h.run({ to: A });
  t.equal(heard.length, before);
});

await t.test('the history keeps the newest hundred, also across a restart', async (t) => {
  const h = new Harness();
  for (let i = 0; i < 103; i += 1) await h.run({ to: A });
  t.equal(h.service.history().length, 100);
  t.equal(h.service.history().at(-1)?.id, 'switch-103');
  await h.pass(10);
  t.equal(new Harness({}, h.store.state).service.history().at(0)?.id, 'switch-4');
});

await t.test('shutdown stops what can be stopped, and refuses what comes after', async (t) => {
  const h = new Harness();
  h.dataPath.drainEnds = 'never';
  const answer = h.begin({ to: B });
  await h.untilState('draining');
  let down = false;
  void h.service.shutdown().then(() => (down = true));
  await h.until(() => down, 'shutdown');
  t.match(answer.report, { outcome: 'aborted', reason: 'shutting-down' });
  t.same(h.dataPath.releasedTo, [A]);
  t.match(await h.service.switchover({ to: B }), { outcome: 'refused', reason: 'shutting-down' });
  t.equal(h.clock.pending, 0, 'no timer keeps the process alive');
});

await t.test('shutdown waits for the demotion that a switchover still owes', async (t) => {
  const h = new Harness();
  h.a.trouble('demote', { how: 'unknown' }, { how: 'unknown' }, null);
  h.begin({ to: B });
  await h.until(() => h.dataPath.releases === 1, 'release');
  let down = false;
  void h.service.shutdown().then(() => (down = true));
  await h.until(() => down, 'shutdown');
  t.equal(h.a.role_, 'replica');
  t.equal(h.store.state?.intent, null);
});

await t.test('shutdown is bounded when a promotion can not be resolved and a node never answers', async (t) => {
  const h = new Harness({ resolveTimeoutMs: 60_000 });
  h.b.trouble('promote', { how: 'never' }).trouble('role', { how: 'never' });
  const answer = h.begin({ to: B });
  await h.untilState('resolving');
  let down = false;
  const begun = h.clock.now();
  void h.service.shutdown().then(() => (down = true));
  await h.until(() => down, 'shutdown');
  t.ok(h.clock.now() - begun <= 10_000);
  t.match(answer.report, { outcome: 'unresolved', reason: 'roles-unknown' });
  t.same(h.dataPath.releasedTo, [null]);
  t.ok(h.store.state?.intent, 'the next start resolves it');
});

await t.test('at start, a switchover that had promoted is finished', async (t) => {
  const h = new Harness({}, STATE);
  h.b.role_ = 'master';
  h.b.follows = null;
  const plan = h.service.recover(
    new Map([
      [A, MASTER],
      [B, MASTER],
      [C, REPLICA],
    ]),
  );
  t.match(plan, { type: 'finish', master: B });
  t.equal(h.dataPath.holds, 0);
  await h.untilState('serving');
  await h.pass(5);
  t.equal(h.a.follows, B);
  t.equal(h.c.follows, B);
  t.match(h.store.state, { master: B, epoch: 5, intent: null, history: [{ id: 'earlier', outcome: 'switched' }] });
});

await t.test('at start, a switchover that had not promoted is undone', async (t) => {
  const h = new Harness({}, STATE);
  h.a.pausedUntil = Infinity;
  t.match(
    h.service.recover(
      new Map([
        [A, MASTER],
        [B, REPLICA],
        [C, null],
      ]),
    ),
    { type: 'undo', master: A },
  );
  await h.pass(5);
  t.equal(h.a.pausedUntil, 0, 'the pause it left is ended');
  t.match(h.store.state, { master: A, epoch: 4, intent: null });
});

await t.test('at start, what can not be decided is not served, and nothing is touched', async (t) => {
  const h = new Harness({}, STATE);
  t.match(
    h.service.recover(
      new Map([
        [A, MASTER],
        [B, null],
        [C, REPLICA],
      ]),
    ),
    { type: 'wait', problem: 'intent-unclear' },
  );
  t.match(
    h.service.recover(
      new Map([
        [A, MASTER],
        [B, REPLICA],
        [C, MASTER],
      ]),
    ),
    { type: 'two-masters' },
  );
  await h.pass(5);
  t.same(h.trace, []);
  t.match(h.store.state, { intent: INTENT });
});
