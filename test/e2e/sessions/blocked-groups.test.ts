import t from 'tap';
import { startStage } from '../../support/stage.js';
import { Consumer, difference } from './support/queue.js';
import { decoded, goRound, valuesOf } from './support/stream.js';

t.test('a group hands each entry to exactly one consumer over fifty switchovers', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  await stage.client.call('XGROUP', 'CREATE', 'queue', 'g', '$', 'MKSTREAM');
  const consumers: Consumer[] = [];
  for (let at = 0; at < 20; at++) {
    const words = `XREADGROUP GROUP g c${at} COUNT ${1 + (at % 3)} BLOCK 0 STREAMS queue >`.split(' ');
    consumers.push(new Consumer(await stage.holdfast.client(), words, valuesOf));
  }
  const got = (): readonly string[] => consumers.flatMap((consumer) => consumer.got);
  const { added } = await goRound(t, stage, consumers, (producers) => got().length >= producers.added.length);
  t.same(difference(added, got()), [], `${added.length} entries, each exactly once`);
  const pending = decoded(await stage.client.call('XPENDING', 'queue', 'g')) as readonly unknown[];
  t.equal(pending[0], added.length, 'as many as the group says');
});
