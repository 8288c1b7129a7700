import t from 'tap';
import { A, B, C, Harness } from './harness.js';

/** B is the master, C follows it, and A has come back as a master. */
function cameBack(settings = {}): Harness {
  const h = new Harness(settings);
  h.b.role_ = 'master';
  h.c.follows = B;
  h.b.facts_ = { replId: 'y', replId2: 'x', secondReplOffset: h.a.offset + 1 };
  h.a.facts_ = { replId: 'x' };
  return h;
}

await t.test(
  'it is on disk before the node is told: a start that finds two masters knows which is the former one',
  async (t) => {
    const h = cameBack();
    h.service.rejoin(A, B);
    await h.until(() => h.service.history()[0]?.settled === true, 'the end');
    t.match(h.store.writes[0]?.intent, { from: A, to: B, rejoin: true });
    t.equal(h.store.state?.intent, null, 'and it is over');
    t.equal(h.store.state?.epoch, 0, 'that is no switch');
    t.match(h.service.history(), [{ kind: 'rejoin', outcome: 'switched', oldMaster: A, newMaster: B, settled: true }]);
    t.equal(h.did('demote').length, 1);
    t.same(h.diverged, []);
  },
);

await t.test(
  'what it has of its own is told; where that is protected, it is kept out until a person says otherwise',
  async (t) => {
    const h = cameBack({ protectDiverged: true });
    h.a.offset += 50;
    h.service.rejoin(A, B);
    await h.until(() => h.diverged.length > 0, 'the news');
    await h.pass(5_000);
    t.same(h.did('demote'), []);
    t.same(h.diverged, [A], 'told once');
    t.ok(h.service.status().alarms.includes('diverged'));
    t.notOk(h.service.acceptLoss(C));
    t.ok(h.service.acceptLoss(A));
    await h.until(() => h.service.history()[0]?.settled === true, 'the end');
    t.equal(h.did('demote').length, 1);
    t.match(h.service.history()[0]?.notes, [
      /it has writes \(50 in its own measure\) that the master has not; they are lost/,
    ]);
  },
);
