import t, { type Test } from 'tap';
import { startDelayedStage, type DelayedStage } from '../../support/delayed-stage.js';
import { RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { DELAY, subscribed, throughHoldfast } from './support/listeners.js';
import { NumberedSource } from './support/numbered.js';

/** A publisher that knows nothing of Holdfast: it goes to the server that is the master until that refuses it. */
function directSource(t: Test, stage: DelayedStage, name: string, channel: string): NumberedSource {
  let connection: RawClient | null = null;
  t.teardown(() => connection?.close());
  return new NumberedSource(name, async (message) => {
    connection ??= await toMaster(stage);
    const replies = ['MULTI', `PUBLISH ${channel} ${message}`, 'SET direct 1', 'EXEC'].map((line) => line.split(' '));
    let last = '';
    for (const command of replies) last = await connection.call(...command);
    if (last.startsWith('*')) return true;
    connection.close();
    connection = null;
    return false;
  });
}

async function toMaster(stage: DelayedStage): Promise<RawClient> {
  const master = await until('there is a master', async () => {
    for (const server of stage.shard.servers) {
      if ((await server.info('replication')).get('role') === 'master') return server;
    }
    return undefined;
  });
  return RawClient.connect(master);
}

void t.test('messages of publishers on both sides of Holdfast', async (t) => {
  const stage = await startDelayedStage(t, { ...DELAY, seed: 1 });
  const sinks = await subscribed(t, stage, ['SUBSCRIBE news', 'PSUBSCRIBE n*']);
  const sources = ['first', 'second'].map((name) => {
    const client = throughHoldfast(t, stage);
    return new NumberedSource(name, async (message) => {
      return (await (await client).call('PUBLISH', 'news', message)).startsWith(':');
    });
  });
  sources.push(directSource(t, stage, 'direct', 'news'));
  await switchRounds(t, stage, scaled(25, 300), async () => {
    await Promise.all(sources.map((source) => source.flows(3)));
  });
  await Promise.all(sources.map((source) => source.stop()));
  for (const sink of sinks) await sink.isComplete(t, sources);
});
