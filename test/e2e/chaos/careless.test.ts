import t from 'tap';
import { judge } from '../../history/judge.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';
import { Workload } from '../../workload/workload.js';

/** So many operations are enough to show what is wrong. */
const MOST_SHOWN = 4;

/** A judge that finds nothing where something is lost would prove nothing. */
void t.test('the judge sees what a careless failover loses', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const { master } = shard;
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('no replica');
  let target = master;
  const workload = new Workload({ target: () => target, seed: 1, deadlineMs: 60_000, paceMs: 2 });
  await workload.goesOn(500);
  // A second master, and the clients go on at the first one for a while.
  await replica.send('REPLICAOF', 'NO', 'ONE');
  await workload.goesOn(1000);
  target = replica;
  const before = workload.disconnects.length;
  await master.send('CLIENT', 'KILL', 'TYPE', 'normal');
  await until('the clients have moved', () => workload.disconnects.length > before);
  await workload.goesOn(500);
  await master.kill();
  await workload.goesOn(500);
  await workload.rest();
  await workload.readBack(replica);

  const { anomalies } = judge(workload.operations());
  const lost = anomalies.filter(({ kind }) => kind === 'lost' || kind === 'stale-read' || kind === 'out-of-order');
  const things = new Set(lost.map(({ key }) => /^[a-z]+/.exec(key)?.[0]));
  for (const thing of ['counter', 'list', 'register', 'hash', 'bank', 'queue']) {
    t.ok(things.has(thing), `on a ${thing}`);
  }
  const shown = lost.every(({ evidence }) => evidence.length > 0 && evidence.length <= MOST_SHOWN);
  t.ok(shown, 'and shows it with a few operations');
});
