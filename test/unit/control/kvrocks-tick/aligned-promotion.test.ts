import t from 'tap';
import { AlignedPromotion } from '../../../../src/control/kvrocks-tick/aligned-promotion.js';
import type { Beat } from '../../../../src/switchover/strategy.js';
import { VirtualPair } from './virtual-pair.js';

/** Waits until the promotion is to be sent, and sends it. @returns how long it took, ms. */
async function promoteOnBeat(pair: VirtualPair, aligned: AlignedPromotion, beat: Beat): Promise<number> {
  const { clock } = pair;
  const first = beat.atMs - beat.leadMs;
  const at = first + Math.max(0, Math.ceil((clock.now() - first) / beat.periodMs)) * beat.periodMs;
  await pair.run(new Promise<void>((resolve) => void clock.schedule(at - clock.now(), resolve)));
  await pair.run(aligned.promote(() => pair.promote()));
  return clock.now() - at;
}

async function learn(pair: VirtualPair, aligned: AlignedPromotion): Promise<Beat> {
  const { beat } = await pair.run(aligned.arrange(pair.master, pair.replica, 5_000));
  if (beat === null) throw new Error('no beat');
  return beat;
}

await t.test('a promotion on the beat waits as long as its lead, not for a whole period', async (t) => {
  const pair = new VirtualPair();
  const aligned = new AlignedPromotion(pair.clock);
  for (const breaksAfterMs of [3, 50, 97]) {
    pair.breaksAfterMs = breaksAfterMs;
    const beat = await learn(pair, aligned);
    t.ok((await promoteOnBeat(pair, aligned, beat)) <= beat.leadMs + 1);
  }
});

await t.test('ticks that come elsewhere than they were measured are learned from the promotions', async (t) => {
  const pair = new VirtualPair();
  pair.breakToTickMs = 1002.5;
  const aligned = new AlignedPromotion(pair.clock);
  const before = await learn(pair, aligned);
  t.ok((await promoteOnBeat(pair, aligned, before)) > before.leadMs + 1, 'too early by the error');
  for (const time of ['second', 'third', 'fourth']) {
    const after = await learn(pair, aligned);
    t.ok((await promoteOnBeat(pair, aligned, after)) <= after.leadMs + 0.5, `the ${time} time`);
  }
});

await t.test('also from one that missed its tick', async (t) => {
  const pair = new VirtualPair();
  pair.breakToTickMs = 996;
  const aligned = new AlignedPromotion(pair.clock);
  t.ok((await promoteOnBeat(pair, aligned, await learn(pair, aligned))) > 90);
  t.ok((await promoteOnBeat(pair, aligned, await learn(pair, aligned))) < 5);
});

await t.test('an uncertain tick is looked for once more, and then not trusted', async (t) => {
  const pair = new VirtualPair();
  pair.tripMs = 12;
  const aligned = new AlignedPromotion(pair.clock);
  const arranged = await pair.run(aligned.arrange(pair.master, pair.replica, 9_000));
  t.equal(pair.drops, 2);
  t.equal(arranged.beat, null);
  t.match(arranged.note, /the tick of r:1 is not trusted .*within \d+\.\d ms/);
  t.equal(arranged.promotionMs, 50);
  await pair.run(aligned.promote(() => pair.promote()));
  t.equal(pair.promotions, 1);
});
