import t from 'tap';
import { ScratchBlock } from '../../../../src/proxy/client/scratch-block.js';
import { SeededRandom } from '../../resp/seeded-random.js';

await t.test('the same memory serves again, unless it was given away', async (t) => {
  const scratch = new ScratchBlock();
  const ok = scratch.copyOf(Buffer.from('+OK\r\n'), 0, 5);
  t.equal(ok.toString(), '+OK\r\n');
  const one = scratch.copyOf(Buffer.from(':1\r\n'), 0, 4);
  t.equal(one.toString(), ':1\r\n');
  t.equal(one.byteOffset, ok.byteOffset, 'the same bytes');
  t.equal(scratch.copyOf(Buffer.from('+NO\r\n'), 0, 5), ok, 'and no new view for the same length');
});

await t.test('what was given away stays as it is', async (t) => {
  const random = new SeededRandom(5);
  const scratch = new ScratchBlock();
  const kept: { readonly view: Buffer; readonly text: string }[] = [];
  for (let step = 0; step < 5_000; step++) {
    const text = random.bytes(random.below(20) === 0 ? 9_000 : 300) + 'x';
    const source = Buffer.from(`..${text}..`, 'latin1');
    const view = scratch.copyOf(source, 2, source.length - 2);
    if (view.toString('latin1') !== text) t.fail(`step ${step}`);
    if (random.below(3) > 0) continue;
    scratch.giveAway();
    kept.push({ view, text });
  }
  t.ok(kept.length > 1_000);
  t.same(
    kept.filter(({ view, text }) => view.toString('latin1') !== text),
    [],
  );
});
