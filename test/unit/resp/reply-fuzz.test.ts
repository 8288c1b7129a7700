import Parser from 'redis-parser';
import t from 'tap';
import { ReplyScanner } from '../../../src/resp/reply-scanner.js';
import { frameEnd } from '../../support/frame-end.js';
import { scaled } from '../../support/scale.js';
import { scanReplies } from './scan-replies.js';
import { SeededRandom } from './seeded-random.js';
import { randomResp2, randomResp3 } from './traffic.js';

const STREAMS = scaled(20_000, 1_000_000);
const MUTATIONS = scaled(100_000, 3_000_000);
/** Each is cut at every place: as many scans as it has bytes. */
const SPLIT_EVERYWHERE = scaled(400, 50_000);

for (const [version, make, seed] of [
  ['RESP2', randomResp2, 3],
  ['RESP3', randomResp3, 4],
] as const) {
  await t.test(`${STREAMS} random streams of ${version}, cut at random, end where they were made to end`, async (t) => {
    const random = new SeededRandom(seed);
    for (let left = STREAMS; left > 0; left--) {
      const frames = Array.from({ length: 1 + random.below(4) }, () => make(random));
      const bytes = Buffer.from(frames.join(''), 'latin1');
      let end = 0;
      const expected = frames.map((frame) => (end += frame.length)).join();
      const found = scanReplies(random.cut(bytes, random.pick([2, 10, 200]))).join();
      const parsed = version === 'RESP2' ? repliesIn(bytes) : frames.length;
      if (found !== expected || parsed !== frames.length) {
        t.equal(found, expected, JSON.stringify(bytes.toString('latin1')));
        t.equal(parsed, frames.length, 'redis-parser sees as many');
        return;
      }
    }
    t.pass();
  });

  await t.test(
    `${MUTATIONS} streams of ${version} with something wrong in them are never framed in two ways`,
    async (t) => {
      const random = new SeededRandom(seed + 10);
      const counts = { whole: 0, garbage: 0, partial: 0 };
      let stream = Buffer.alloc(0);
      for (let at = 0; at < MUTATIONS; at++) {
        if (at % 10 === 0) stream = Buffer.from(make(random) + make(random) + make(random), 'latin1');
        const bytes = random.mutate(stream);
        const whole = scanReplies([bytes]);
        const cut = scanReplies(random.cut(bytes, random.pick([2, 20, 100])));
        const wrong =
          whole.join() === cut.join() ? disagreement(bytes, whole) : `whole ${whole.join()}, cut ${cut.join()}`;
        if (wrong !== '') {
          t.fail(`${wrong}: ${JSON.stringify(bytes.toString('latin1'))}`);
          return;
        }
        const last = whole.at(-1) ?? 0;
        counts[typeof last === 'string' ? 'garbage' : last === bytes.length ? 'whole' : 'partial']++;
      }
      t.ok(Math.min(...Object.values(counts)) > MUTATIONS / 50, `all kinds of endings: ${JSON.stringify(counts)}`);
    },
  );
}

await t.test(`${SPLIT_EVERYWHERE} mutated streams, byte by byte and split at every place`, async (t) => {
  const random = new SeededRandom(6);
  for (let left = SPLIT_EVERYWHERE; left > 0; left--) {
    const valid = Buffer.from(randomResp3(random) + randomResp2(random), 'latin1').subarray(0, 300);
    const bytes = random.mutate(valid);
    const whole = scanReplies([bytes]).join();
    const cuts: Buffer[][] = [[...bytes].map((byte) => Buffer.from([byte]))];
    for (let at = 1; at < bytes.length; at++) cuts.push([bytes.subarray(0, at), bytes.subarray(at)]);
    const other = cuts.find((chunks) => scanReplies(chunks).join() !== whole);
    if (other === undefined) continue;
    t.equal(scanReplies(other).join(), whole, JSON.stringify(other.map(String)));
    return;
  }
  t.pass();
});

/** The oracles: two other readers must see one frame where the scanner sees one. */
function disagreement(bytes: Buffer, ends: readonly (number | string)[]): string {
  let start = 0;
  for (const end of ends) {
    if (typeof end === 'string') return end === 'ReplySyntaxError' ? '' : end;
    const frame = bytes.subarray(start, end);
    if (frameEnd(frame, 0) !== frame.length) return `frame ${start}…${end}: the plain reader sees another end`;
    const parsed = repliesIn(frame);
    if (parsed !== 1 && parsed !== 'RESP3') return `frame ${start}…${end}: redis-parser sees ${parsed}`;
    start = end;
  }
  return '';
}

/** How many replies redis-parser sees in the bytes, which it may see only at the last one; `RESP3` when it does not know a type. */
function repliesIn(bytes: Buffer): number | 'RESP3' {
  let replies = 0;
  let unknown = false;
  const count = (): void => {
    replies++;
  };
  const parser = new Parser({
    returnReply: count,
    returnError: count,
    returnFatalError: () => {
      unknown = true;
    },
  });
  parser.execute(bytes.subarray(0, -1));
  const early = replies;
  parser.execute(bytes.subarray(-1));
  if (unknown) return 'RESP3';
  return early === replies ? 0 : replies;
}

await t.test('one scanner survives any garbage that did not throw', async (t) => {
  const random = new SeededRandom(5);
  let thrown = 0;
  for (let left = 30_000; left > 0; left--) {
    const scanner = new ReplyScanner();
    const ends = scanReplies(random.cut(Buffer.from(random.bytes(60), 'latin1'), 8), scanner);
    if (ends.at(-1) === 'ReplySyntaxError') thrown++;
    else if (typeof ends.at(-1) === 'string') t.fail(String(ends.at(-1)));
  }
  t.ok(thrown > 20_000, `${thrown} of 30,000 were seen to be garbage`);
});
