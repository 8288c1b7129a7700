import t, { type Test } from 'tap';
import { judge } from '../../history/judge.js';
import type { Anomaly } from '../../history/verdict.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';
import { Workload } from '../../workload/workload.js';

/** So many operations are enough to show what is wrong. */
const MOST_SHOWN = 4;

/** What a history says that is only said where something acknowledged is gone. */
function losses(workload: Workload): readonly Anomaly[] {
  const { anomalies } = judge(workload.operations());
  return anomalies.filter(({ kind }) => kind === 'lost' || kind === 'stale-read' || kind === 'out-of-order');
}

/** A master, and a replica that becomes a second one while clients are at the first, and go on there for a while. */
async function secondMaster(test: Test) {
  const shard = await startShard({ replicas: 1 });
  test.teardown(() => shard.dispose());
  const { master } = shard;
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('no replica');
  let target = master;
  const workload = new Workload({ target: () => target, seed: 1, deadlineMs: 60_000, paceMs: 2 });
  await workload.goesOn(500);
  await replica.send('REPLICAOF', 'NO', 'ONE');
  await workload.goesOn(1000);
  return { master, replica, workload, moveTo: (server: typeof replica) => void (target = server) };
}

// A judge that finds nothing where something is lost would prove nothing.

void t.test('the judge sees what is lost with a master that is left behind, on every kind of value', async (t) => {
  const { replica, workload } = await secondMaster(t);
  await workload.rest();
  await workload.readBack(replica);

  const lost = losses(workload);
  const things = new Set(lost.map(({ key }) => /^[a-z]+/.exec(key)?.[0]));
  for (const thing of ['counter', 'list', 'register', 'hash', 'bank', 'queue']) {
    t.ok(things.has(thing), `on a ${thing}`);
  }
  const shown = lost.every(({ evidence }) => evidence.length > 0 && evidence.length <= MOST_SHOWN);
  t.ok(shown, 'and shows it with a few operations');
});

void t.test('the judge sees it too when the clients move over and write on', async (t) => {
  const { master, replica, workload, moveTo } = await secondMaster(t);
  moveTo(replica);
  const before = workload.disconnects.length;
  await master.send('CLIENT', 'KILL', 'TYPE', 'normal');
  await until('the clients have moved', () => workload.disconnects.length > before);
  await workload.goesOn(500);
  await master.kill();
  await workload.goesOn(500);
  await workload.rest();
  await workload.readBack(replica);
  t.ok(losses(workload).length > 0);
});
