import t from 'tap';
import { startDelayedStage } from '../../support/delayed-stage.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { DELAY, subscribed, throughHoldfast } from './support/listeners.js';
import { NumberedSource } from './support/numbered.js';

const NOTIFY = { config: { 'notify-keyspace-events': 'KEA' } } as const;

void t.test('shard messages and keyspace notifications', async (t) => {
  const stage = await startDelayedStage(t, { ...DELAY, ...NOTIFY, seed: 2 });
  const shardSinks = await subscribed(t, stage, ['SSUBSCRIBE news']);
  const eventSinks = await subscribed(t, stage, ['SUBSCRIBE __keyevent@0__:set', 'PSUBSCRIBE __keyspace@0__:key*']);
  const [publisher, writer] = [await throughHoldfast(t, stage), await throughHoldfast(t, stage)];
  const sharded = new NumberedSource('sharded', async (message) =>
    (await publisher.call('SPUBLISH', 'news', message)).startsWith(':'),
  );
  const keys = new NumberedSource('key', async (message) => (await writer.call('SET', message, '1')) === '+OK\r\n');
  await switchRounds(t, stage, scaled(30, 300), async () => {
    await Promise.all([sharded.flows(3), keys.flows(3)]);
  });
  await Promise.all([sharded.stop(), keys.stop()]);
  for (const sink of shardSinks) await sink.isComplete(t, [sharded]);
  for (const sink of eventSinks) await sink.isComplete(t, [keys]);
});
