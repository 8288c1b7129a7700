import t from 'tap';
import { scaled } from '../../support/scale.js';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { isFlawless, startLoad, written } from '../switchover/support/load.js';
import { subscribed } from '../sessions/support/listeners.js';
import { NumberedSource } from '../sessions/support/numbered.js';
import { startSentinelStage } from './support/sentinel-stage.js';

void t.test('several workers open their connections behind the promotion', { skip: NO_SENTINEL }, async (t) => {
  const stage = await startSentinelStage(t, { flags: ['--workers=2'] });
  const sinks = await subscribed(t, stage, ['SUBSCRIBE news']);
  const publisher = await stage.holdfast.client();
  t.teardown(() => publisher.close());
  const source = new NumberedSource('source', async (message) =>
    (await publisher.call('PUBLISH', 'news', message)).startsWith(':'),
  );
  const load = await startLoad(t, stage);
  const last = await switchRounds(t, stage, scaled(2, 10), async () => {
    await source.flows(20);
    await written(load, 40);
  });
  await source.flows(20);
  await source.stop();
  for (const sink of sinks) await sink.isComplete(t, [source]);
  isFlawless(t, await load.finish(last.id));
  t.equal(await stage.holdfast.metric('holdfast_workers_ended_total'), 0);
});
