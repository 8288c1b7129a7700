import t from 'tap';
import { startDelayedStage } from '../../support/delayed-stage.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { DELAY, subscribed, throughHoldfast } from '../sessions/support/listeners.js';
import { NumberedSource } from '../sessions/support/numbered.js';
import { workersServe } from './support.js';

const FLAGS = [...DELAY.flags, '--workers=2'];

void t.test('those who listen at any worker miss nothing, and hear nothing twice', async (t) => {
  const stage = await startDelayedStage(t, { ...DELAY, flags: FLAGS, seed: 1 });
  await workersServe(stage.holdfast, 2);
  // The worker that has fewer connections gets the next one: both have listeners.
  const sinks = await subscribed(t, stage, ['SUBSCRIBE news', 'PSUBSCRIBE n*']);
  const sources = ['first', 'second'].map((name) => {
    const client = throughHoldfast(t, stage);
    return new NumberedSource(name, async (message) => {
      return (await (await client).call('PUBLISH', 'news', message)).startsWith(':');
    });
  });
  await switchRounds(t, stage, scaled(20, 300), async () => {
    await Promise.all(sources.map((source) => source.flows(3)));
  });
  await Promise.all(sources.map((source) => source.stop()));
  for (const sink of sinks) await sink.isComplete(t, sources);
});
