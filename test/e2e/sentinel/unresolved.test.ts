import t from 'tap';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { startSentinelStage } from './support/sentinel-stage.js';

void t.test('the candidate stands still when it is to be promoted', { skip: NO_SENTINEL }, async (t) => {
  const stage = await startSentinelStage(t, {
    // Long enough for nobody to take anybody for dead.
    sentinel: { downAfterMs: 60_000 },
    flags: ['--promote-timeout-ms=500', '--resolve-timeout-ms=500', '--outage-hold-ms=60000'],
  });
  const { shard, sentinels, holdfast, candidate, switchover } = stage;
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 4);
  await load.acknowledged(50);
  const answer = switchover();
  await until('Sentinel has chosen it', () =>
    sentinels.servers.some((sentinel) => sentinel.log().includes('+selected-slave')),
  );
  await candidate.freeze();
  t.match(await answer, /^UNRESOLVED roles-unknown/);
  const status = await holdfast.fields('STATUS');
  t.equal(status.text('master'), '', 'nobody is served on a guess');
  const seen = [...load.counters().values()];

  candidate.resume();
  await load.acknowledged(50);
  const master = (await holdfast.fields('STATUS')).text('master');
  t.equal((await shard.server(master).info('replication')).get('role'), 'master');
  await until('all is settled', async () => (await holdfast.fields('STATUS')).text('state') === 'serving');
  await sentinels.agreeOn(shard.server(master), 1);
  t.ok([...load.counters().values()].every((count, at) => count >= (seen[at] ?? 0)));
  await expectAllOnce(t, { holdfast, load, server: shard.server(master) });
});
