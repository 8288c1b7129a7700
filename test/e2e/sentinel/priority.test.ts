import t, { type Test } from 'tap';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { ServeProcess } from '../../support/serve-process.js';
import { until } from '../../support/until.js';
import { prioritiesOf, sentinelFlags, startSentinelStage } from './support/sentinel-stage.js';

const SKIP = { skip: NO_SENTINEL };

const UNTOUCHED = [
  ['100', '100'],
  ['100', '100'],
  ['100', '100'],
];

/** A switch that waits for Sentinels to see the candidate's priority, which they do not. */
async function startWaiting(t: Test) {
  const stateDir = t.testdir();
  const stage = await startSentinelStage(t, { replicas: 2, stateDir });
  for (const sentinel of stage.sentinels.servers) await sentinel.send('SENTINEL', 'DEBUG', 'INFO-PERIOD', '600000');
  const answer = stage.switchover().catch(String);
  await until('the priority is lowered', async () => (await prioritiesOf(stage.shard))[1]?.[0] === '1');
  const isNoted = () => existsSync(join(stateDir, 'sentinel-priority.json'));
  t.ok(isNoted());
  return { ...stage, stateDir, answer, isNoted };
}

void t.test('an operator stops it', SKIP, async (t) => {
  const { shard, holdfast, answer, isNoted, client } = await startWaiting(t);
  t.equal(await holdfast.admin('FAILOVER', 'ABORT'), 'OK');
  t.match(await answer, /^ABORTED stopped-by-operator/);
  await until('it is put back', () => !isNoted());
  t.same(await prioritiesOf(shard), UNTOUCHED);
  t.match(await client.call('INCR', 'after'), /^:1/);
});

void t.test('Holdfast is killed', SKIP, async (t) => {
  const { shard, sentinels, holdfast, stateDir, isNoted } = await startWaiting(t);
  await holdfast.dispose();
  t.equal((await prioritiesOf(shard))[1]?.[0], '1');
  t.ok(isNoted());
  const next = await ServeProcess.start({ nodes: shard.ids, flags: sentinelFlags(sentinels.ids), stateDir });
  t.teardown(() => next.dispose());
  await until('it is put back', () => !isNoted());
  t.same(await prioritiesOf(shard), UNTOUCHED);
});
