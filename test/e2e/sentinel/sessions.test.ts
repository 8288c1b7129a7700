import t, { type Test } from 'tap';
import type { RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { subscribed } from '../sessions/support/listeners.js';
import { NumberedSource } from '../sessions/support/numbered.js';
import { startSentinelStage, type SentinelStage } from './support/sentinel-stage.js';

/*
 * Sentinel ends every connection to the node that it promotes: what was opened there before is gone, and what clients need is
 * opened behind the promotion, while they wait.
 */

const SKIP = { skip: NO_SENTINEL };

const ROUNDS = scaled(2, 20);

function connect(t: Test, { holdfast }: SentinelStage, count: number): Promise<RawClient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await holdfast.client();
      t.teardown(() => client.close());
      return client;
    }),
  );
}

void t.test('those who listen are told everything once', SKIP, async (t) => {
  const stage = await startSentinelStage(t);
  const sinks = await subscribed(t, stage, ['SUBSCRIBE news', 'PSUBSCRIBE n*']);
  const [publisher] = await connect(t, stage, 1);
  if (publisher === undefined) throw new Error('a publisher');
  const source = new NumberedSource('source', async (message) =>
    (await publisher.call('PUBLISH', 'news', message)).startsWith(':'),
  );
  await switchRounds(t, stage, ROUNDS, () => source.flows(20));
  await source.flows(20);
  await source.stop();
  for (const sink of sinks) await sink.isComplete(t, [source]);
});

void t.test('what clients have begun goes on', SKIP, async (t) => {
  const stage = await startSentinelStage(t);
  const [transaction, watching, waiting, named] = await connect(t, stage, 4);
  if (!transaction || !watching || !waiting || !named) throw new Error('four clients');
  await named.call('CLIENT', 'SETNAME', 'orders');
  await named.call('SELECT', '3');
  for (let round = 1; round <= ROUNDS; round++) {
    t.equal(await transaction.call('MULTI'), '+OK\r\n');
    t.equal(await transaction.call('INCR', 'transactions'), '+QUEUED\r\n');
    t.equal(await watching.call('WATCH', 'watched'), '+OK\r\n');
    t.equal(await watching.call('MULTI'), '+OK\r\n');
    const popped = waiting.call('BLPOP', 'queue', '0');
    await switchRounds(t, stage, 1, () => Promise.resolve());
    t.equal(await transaction.call('EXEC'), `*1\r\n:${round}\r\n`);
    t.equal(await watching.call('EXEC'), '*-1\r\n', 'a watched key may have changed');
    t.equal(await stage.client.call('RPUSH', 'queue', String(round)), ':1\r\n');
    t.equal(await popped, `*2\r\n$5\r\nqueue\r\n$1\r\n${round}\r\n`);
    t.equal(await named.call('CLIENT', 'GETNAME'), '$6\r\norders\r\n');
    t.equal(await named.call('INCR', 'in three'), `:${round}\r\n`);
  }
});
