import t from 'tap';
import { A, B, C, Harness } from './harness.js';

await t.test('another node that has everything is the master: the clients go there', async (t) => {
  const h = new Harness();
  h.strategy.instead = { node: C, offset: 100 };
  const report = await h.run({ to: B });
  t.match(report, { outcome: 'switched', oldMaster: A, newMaster: C, offset: 100, offsetGap: 0, settled: true });
  t.same(report.notes, [`the owner of the roles has promoted ${C} instead of ${B}`]);
  t.same(h.did('redirect'), [`redirect ${C}`]);
  t.same(h.did('demote'), [`demote ${A} ${C}`]);
  t.same(h.did('follow'), [`follow ${B} ${C}`], 'the candidate is one of the others now');
  t.equal(h.store.state?.master, C);
});

await t.test('one that lacks something, or that nobody knows, is not', async (t) => {
  for (const instead of [
    { node: C, offset: 99 },
    { node: 'elsewhere:1', offset: 100 },
  ]) {
    const h = new Harness();
    h.strategy.instead = instead;
    const answer = h.begin({ to: B });
    await h.until(() => h.service.status().state === 'resolving', 'the question');
    t.same(h.did('redirect'), [], 'nobody is led there');
    t.equal(answer.report, null);
  }
});
