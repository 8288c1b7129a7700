import t from 'tap';
import { decodeRequest } from '../../../src/resp/decode.js';
import { RequestScanner, Scan } from '../../../src/resp/request-scanner.js';
import { LIMITS, scanRequests, seen } from './scan-requests.js';
import { SeededRandom } from './seeded-random.js';
import { randomRequest } from './traffic.js';

const PIPELINES = 8_000;
const MUTATIONS = 100_000;

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
