import t from 'tap';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { ServeProcess } from '../../support/serve-process.js';
import { until } from '../../support/until.js';
import { sentinelFlags, startSentinelStage } from './support/sentinel-stage.js';

void t.test('Holdfast is killed while Sentinel fails over on its word', { skip: NO_SENTINEL }, async (t) => {
  const stateDir = t.testdir();
  const stage = await startSentinelStage(t, { stateDir });
  const { shard, sentinels, holdfast, client, candidate } = stage;
  t.match(await client.call('INCR', 'counter'), /^:1/);
  void stage.switchover().catch(() => undefined);
  await until('Sentinel has begun', () =>
    sentinels.servers.some((sentinel) => sentinel.log().includes('+try-failover')),
  );
  await holdfast.dispose();

  const next = await ServeProcess.start({ nodes: shard.ids, flags: sentinelFlags(sentinels.ids), stateDir });
  t.teardown(() => next.dispose());
  const again = await next.client();
  t.teardown(() => again.close());
  t.match(await again.call('INCR', 'counter'), /^:2/);
  t.equal((await next.fields('STATUS')).text('master'), candidate.id);
  await until('all is settled', async () => (await next.fields('STATUS')).text('state') === 'serving');
  await until('nothing is unfinished', () => next.state().intent === null);
  t.equal(await candidate.send('GET', 'counter'), '2');
  await shard.inSync(candidate);
});
