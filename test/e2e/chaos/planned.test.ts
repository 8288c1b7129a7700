import t from 'tap';
import { describe } from '../../history/describe.js';
import { judge } from '../../history/judge.js';
import { Growth } from '../../support/growth.js';
import { NO_PEAK_MEMORY, openDescriptors } from '../../support/peak-memory.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { Workload } from '../../workload/workload.js';

/** Commands that go well between two switchovers; all clients have had several turns by then. */
const BETWEEN = 150;
/** So many switchovers lie between two looks at the process of Holdfast. */
const SAMPLE_EVERY = 4;

void t.test('planned switchovers under everything that clients do', async (t) => {
  const stage = await startStage(t, { replicas: 2 });
  const { holdfast, shard } = stage;
  const target = { host: '127.0.0.1', port: holdfast.port };
  const before = NO_PEAK_MEMORY === '' ? openDescriptors(holdfast.pid) : 0;
  const growth = NO_PEAK_MEMORY === '' ? new Growth(holdfast.pid) : undefined;
  const workload = new Workload({ target, seed: 1, deadlineMs: 60_000 });
  const master = await switchRounds(t, stage, scaled(40, 1000), (round) => {
    if (round % SAMPLE_EVERY === 0) growth?.sample(round);
    return workload.goesOn(BETWEEN);
  });
  await workload.goesOn(BETWEEN);
  await workload.rest();
  await shard.inSync(master);
  for (const server of shard.servers) await workload.readBack(server);

  const { anomalies, outcomes, errors, operations, availability } = judge(workload.operations());
  t.comment(
    `${outcomes.ok} of ${operations} operations went well; nobody did for ${availability.longestGapMs.toFixed(1)} ms at most`,
  );
  if (growth !== undefined) t.comment(growth.line('switchover'));
  t.same(anomalies.map(describe), [], 'no anomaly');
  t.same(errors, {}, 'no error');
  t.same({ ...outcomes, ok: 0 }, { ok: 0, refused: 0, unknown: 0, unclean: 0 }, `all of ${operations} are answered`);
  t.same(workload.disconnects, [], 'no connection ended');
  if (NO_PEAK_MEMORY !== '') return;
  // Each client may leave the connection of its own behind, for the next one. What a switch leaves behind would be more.
  const most = before + workload.clients;
  await until(`at most ${most} descriptors are open`, () => openDescriptors(holdfast.pid) <= most);
});
