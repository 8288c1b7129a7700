import t from 'tap';
import { decodeRequest } from '../../../src/resp/decode.js';
import { RequestScanner, Scan } from '../../../src/resp/request-scanner.js';
import { scaled } from '../../support/scale.js';
import { LIMITS, scanRequests, seen } from './scan-requests.js';
import { SeededRandom } from './seeded-random.js';
import { randomRequest } from './traffic.js';

const PIPELINES = scaled(8_000, 500_000);
const MUTATIONS = scaled(100_000, 3_000_000);
/** Each is cut at every place: as many scans as it has bytes. */
const SPLIT_EVERYWHERE = scaled(400, 50_000);

await t.test(`${PIPELINES} random pipelines, cut at random, are found as they were written`, async (t) => {
  const random = new SeededRandom(1);
  for (let left = PIPELINES; left > 0; left--) {
    const requests = Array.from({ length: 1 + random.below(4) }, () => randomRequest(random));
    const bytes = Buffer.from(requests.map((request) => request.text).join(''), 'latin1');
    const expected = JSON.stringify(requests.map((request) => seen(...request.args)));
    const found = scanRequests(random.cut(bytes, random.pick([2, 10, 1000])));
    if (JSON.stringify(found) !== expected) {
      t.equal(JSON.stringify(found), expected, JSON.stringify(bytes.toString('latin1')));
      return;
    }
  }
  t.pass();
});

await t.test(`${MUTATIONS} pipelines with something wrong in them are never framed in two ways`, async (t) => {
  const random = new SeededRandom(2);
  const counts = { requests: 0, invalid: 0, partial: 0 };
  const scanner = new RequestScanner(LIMITS);
  let pipeline = Buffer.alloc(0);
  for (let at = 0; at < MUTATIONS; at++) {
    if (at % 10 === 0) {
      const requests = Array.from({ length: 1 + random.below(3) }, () => randomRequest(random).text);
      pipeline = Buffer.from(requests.join(''), 'latin1');
    }
    const bytes = random.mutate(pipeline);
    scanner.forget();
    const whole = walk(scanner, [bytes]);
    scanner.forget();
    const cut = walk(scanner, random.cut(bytes, random.pick([2, 20, 400])));
    if (whole.join() !== cut.join()) {
      t.same(cut, whole, JSON.stringify(bytes.toString('latin1')));
      return;
    }
    const wrong = disagreement(bytes, whole);
    if (wrong !== '') {
      t.fail(`${wrong}: ${JSON.stringify(bytes.toString('latin1'))}`);
      return;
    }
    const last = whole.at(-1);
    counts[last === 'invalid' ? 'invalid' : last === bytes.length ? 'requests' : 'partial']++;
  }
  t.ok(Math.min(...Object.values(counts)) > MUTATIONS / 50, `all kinds of endings: ${JSON.stringify(counts)}`);
});

await t.test(`${SPLIT_EVERYWHERE} of them, byte by byte and split at every place`, async (t) => {
  const random = new SeededRandom(3);
  for (let left = SPLIT_EVERYWHERE; left > 0; left--) {
    const valid = Buffer.from(randomRequest(random).text + randomRequest(random).text, 'latin1').subarray(0, 300);
    const bytes = random.mutate(valid);
    const whole = walk(new RequestScanner(LIMITS), [bytes]).join();
    const cuts: Buffer[][] = [[...bytes].map((byte) => Buffer.from([byte]))];
    for (let at = 1; at < bytes.length; at++) cuts.push([bytes.subarray(0, at), bytes.subarray(at)]);
    const other = cuts.find((chunks) => walk(new RequestScanner(LIMITS), chunks).join() !== whole);
    if (other === undefined) continue;
    t.equal(walk(new RequestScanner(LIMITS), other).join(), whole, JSON.stringify(other.map(String)));
    return;
  }
  t.pass();
});

await t.test(
  'before AUTH the same pipelines are framed as ever, or refused, and never framed in another way',
  async (t) => {
    const random = new SeededRandom(4);
    let refused = 0;
    for (let left = PIPELINES; left > 0; left--) {
      const count = random.pick([1, 9, 10, 11, 12]);
      const text = `*${count}\r\n${Array.from({ length: count }, () => {
        const length = random.pick([1, 3, 3, 16_384, 16_385]);
        return `$${length}\r\n${'x'.repeat(length)}\r\n`;
      }).join('')}`;
      const bytes = Buffer.from(text);
      const small = new RequestScanner(LIMITS);
      small.unauthenticated = true;
      const found = walk(small, random.cut(bytes, random.pick([400, 20_000])));
      const isTooMuch = count > 10 || text.includes('$16385');
      refused += Number(isTooMuch);
      if (found.join() !== (isTooMuch ? 'invalid' : String(bytes.length))) {
        t.fail(`${found.join()}: ${count} arguments`);
        return;
      }
      left -= 50;
    }
    t.ok(refused > 10, `${refused} refused`);
  },
);

/** Where frames end in the bytes of all chunks; negative for what is no array request; `invalid` at the end. */
function walk(scanner: RequestScanner, chunks: readonly Buffer[]): (number | string)[] {
  const all = Buffer.concat(chunks);
  const ends: (number | string)[] = [];
  let start = 0;
  let end = 0;
  for (const chunk of chunks) {
    end += chunk.length;
    while (start < end) {
      const scan = scanner.scan(all, start, end);
      if (scan === Scan.Partial) break;
      if (scan === Scan.Invalid) return [...ends, 'invalid'];
      // A scanner that stood still would run for ever in the proxy.
      if (scanner.frameEnd <= start) return [...ends, 'stands still'];
      start = scanner.frameEnd;
      ends.push(scan === Scan.Complete ? start : -start);
    }
  }
  return ends;
}

/** The oracle: redis-parser must see exactly one request in each frame. */
function disagreement(bytes: Buffer, ends: readonly (number | string)[]): string {
  let start = 0;
  for (const end of ends) {
    if (typeof end === 'string') return end === 'invalid' ? '' : end;
    if (end > 0) {
      try {
        decodeRequest(bytes.subarray(start, end));
      } catch (error) {
        return `frame ${start}…${end}: ${String(error)}`;
      }
    }
    start = Math.abs(end);
  }
  return '';
}
