import t from 'tap';
import { MAX_SCRATCH_BYTES, Scratch } from '../../../../src/proxy/client/scratch.js';
import { SeededRandom } from '../../resp/seeded-random.js';

/** A given-away view may keep so many bytes more than its own length, and this much at least. */
const PINNED_SHARE = 2;
const PINNED_LEAST = 4 * 1024;

await t.test('the same memory serves again, unless it was given away', async (t) => {
  const scratch = new Scratch();
  const ok = scratch.copyOf(Buffer.from('+OK\r\n'), 0, 5);
  t.equal(ok.toString(), '+OK\r\n');
  const one = scratch.copyOf(Buffer.from(':1\r\n'), 0, 4);
  t.equal(one.toString(), ':1\r\n');
  t.equal(one.byteOffset, ok.byteOffset, 'the same bytes');
  t.equal(scratch.copyOf(Buffer.from('+NO\r\n'), 0, 5), ok, 'and no new view for the same length');
  for (const size of [5000, 9000, MAX_SCRATCH_BYTES]) {
    const source = Buffer.alloc(size, 'x');
    const first = scratch.copyOf(source, 0, size);
    t.equal(scratch.copyOf(source, 0, size).buffer, first.buffer, `${size} bytes`);
  }
});

await t.test('what was given away stays as it is', async (t) => {
  const random = new SeededRandom(5);
  const scratch = new Scratch();
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

await t.test(
  'what was given away keeps little more memory than it has bytes, whatever went away between',
  async (t) => {
    const scratch = new Scratch();
    const source = Buffer.alloc(MAX_SCRATCH_BYTES);
    const sizes = [
      1,
      5,
      4096,
      4097,
      8191,
      8192,
      8193,
      33_000,
      65_536,
      65_537,
      MAX_SCRATCH_BYTES - 1,
      MAX_SCRATCH_BYTES,
    ];
    const much: string[] = [];
    for (const size of sizes) {
      const kept = scratch.copyOf(source, 0, size);
      scratch.giveAway();
      if (kept.length !== size) t.fail(`${kept.length} bytes of ${size}`);
      const { byteLength } = kept.buffer;
      if (byteLength > Math.max(PINNED_LEAST, PINNED_SHARE * size)) much.push(`${size} bytes keep ${byteLength}`);
      for (const between of [100_000, 50_000, 3000, 3000]) {
        scratch.copyOf(source, 0, between);
        scratch.giveAway();
      }
    }
    t.same(much, []);
  },
);
