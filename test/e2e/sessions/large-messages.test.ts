import t from 'tap';
import { startDelayedStage } from '../../support/delayed-stage.js';
import { NO_PEAK_MEMORY, PeakMemory } from '../../support/peak-memory.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startShard } from '../../support/shard.js';
import { digestOf, MIB, StreamClient } from '../../support/stream-client.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { SeededRandom } from '../../unit/resp/seeded-random.js';
import { DELAY, subscribed, throughHoldfast } from './support/listeners.js';
import { NumberedSource } from './support/numbered.js';

/** A server ends a subscriber for whom more than 32 MB wait; here the message alone is larger. */
const UNLIMITED = { config: { 'client-output-buffer-limit': 'pubsub 0 0 0' } } as const;

void t.test('messages of all sizes, while the master moves', async (t) => {
  const stage = await startDelayedStage(t, { ...DELAY, ...UNLIMITED, seed: 5 });
  const sinks = await subscribed(t, stage, ['SUBSCRIBE sizes', 'PSUBSCRIBE s*']);
  const random = new SeededRandom(5);
  const sources = ['first', 'second', 'third'].map((name) => {
    const client = throughHoldfast(t, stage);
    return new NumberedSource(name, async (message) => {
      const size = random.pick([1, 1000, 16_000, 17_000, 100_000, 400_000]);
      const reply = await (await client).call('PUBLISH', 'sizes', message + '.'.repeat(random.below(size)));
      return reply.startsWith(':');
    });
  });
  await switchRounds(t, stage, scaled(15, 200), async () => {
    await Promise.all(sources.map((source) => source.flows(2)));
  });
  await Promise.all(sources.map((source) => source.stop()));
  for (const sink of sinks) await sink.isComplete(t, sources);
});

void t.test('a message is never in memory as a whole', { skip: NO_PEAK_MEMORY }, async (t) => {
  const shard = await startShard({ ...UNLIMITED, replicas: 0 });
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({ nodes: shard.ids });
  t.teardown(() => holdfast.dispose());
  const size = scaled(64, 512) * MIB;
  const [subscriber, publisher] = [
    await StreamClient.connect(holdfast.port),
    await StreamClient.connect(holdfast.port),
  ];
  t.teardown(() => [subscriber, publisher].forEach((client) => client.close()));
  await subscriber.write('SUBSCRIBE large\r\n');
  for (let line = 0; line < 6; line++) await subscriber.line();
  // What the first one needs once and keeps does not count.
  for (const bytes of [4 * MIB, size]) {
    const memory = new PeakMemory(holdfast.pid);
    await publisher.send(['PUBLISH', 'large'], bytes);
    t.equal(await publisher.line(), ':1');
    // Nobody has read a byte of it yet.
    for (const line of ['*3', '$7', 'message', '$5', 'large']) t.equal(await subscriber.line(), line);
    t.same(await subscriber.bulk(), { bytes, digest: digestOf(bytes) });
    if (bytes === size) t.ok(memory.growth < 16 * MIB, `${Math.round(memory.growth / MIB)} MB more`);
  }
  await subscriber.write('PING\r\n');
  t.equal(await subscriber.line(), '*2');
  await until('the subscriber is still there', () => !subscriber.socket.destroyed);
});
