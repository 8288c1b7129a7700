import t from 'tap';
import { freeMemory, takeMemory } from '../../../src/proxy/memory.js';
import { SeededRandom } from '../resp/seeded-random.js';

await t.test('memory that was given back is used again, in whatever size fits', async (t) => {
  const first = takeMemory(60_000);
  t.equal(first.length, 60_000);
  const { buffer } = first;
  freeMemory(first);
  const second = takeMemory(64_000);
  t.equal(second.length, 64_000);
  t.equal(second.buffer, buffer);
  t.not(takeMemory(64_000).buffer, buffer, 'by one at a time');
});

await t.test('nobody gets what somebody else has', async (t) => {
  const random = new SeededRandom(11);
  const held: Buffer[] = [];
  for (let step = 0; step < 20_000; step++) {
    if (held.length > 20 || (held.length > 0 && random.below(2) === 0)) {
      const [bytes] = held.splice(random.below(held.length), 1);
      if (bytes === undefined) continue;
      const mark = bytes[0];
      if (bytes[bytes.length - 1] !== mark) t.fail(`step ${step}`);
      freeMemory(bytes);
    } else {
      const bytes = takeMemory(16_384 + random.below(200_000));
      bytes[0] = bytes[bytes.length - 1] = step % 251;
      held.push(bytes);
    }
  }
  t.pass();
});

await t.test('what lies about unused is bounded', async (t) => {
  const all = Array.from({ length: 100 }, () => takeMemory(500_000));
  for (const bytes of all) freeMemory(bytes);
  const freed = all.filter(({ buffer }) => buffer.byteLength === 0);
  t.ok(freed.length >= 80, `${freed.length} of 100 went back to the system`);
});

await t.test('what is used now gets the place of what is not', async (t) => {
  for (const bytes of Array.from({ length: 20 }, () => takeMemory(500_000))) freeMemory(bytes);
  for (const size of [20_000, 64_000, 300_000]) {
    const takeTen = (): Buffer[] => Array.from({ length: 10 }, () => takeMemory(size));
    const first = takeTen();
    const memories = new Set(first.map(({ buffer }) => buffer));
    for (const bytes of first) freeMemory(bytes);
    const again = takeTen().filter(({ buffer }) => memories.has(buffer));
    t.equal(again.length, 10, `of ten times ${size} bytes`);
  }
});

await t.test('memory that others may look at is left alone', async (t) => {
  const shared = Buffer.alloc(40_000, 'x');
  freeMemory(shared.subarray(0, 20_000));
  t.equal(shared.length, 40_000);
  freeMemory(shared);
  t.equal(shared.length, 0, 'alone in it: it goes');
});
