import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { KeptRequests } from '../../../../src/proxy/upstream/kept-requests.js';
import { Outbox } from '../../../../src/proxy/upstream/outbox.js';
import { Turn } from '../../../../src/proxy/turn.js';
import { encodeRequest } from '../../../../src/resp/encode.js';
import { SeededRandom } from '../../resp/seeded-random.js';
import { FakeSocket } from './fake-socket.js';

const PING = '*1\r\n$4\r\nPING\r\n';
const GET = '*2\r\n$3\r\nGET\r\n$1\r\na\r\n';

/** What is kept, as text; by the numbers of the requests. */
function texts(kept: ReturnType<KeptRequests['since']>): Readonly<Record<number, string>> {
  return Object.fromEntries([...kept].map(([number, { bytes }]) => [number, bytes.toString('latin1')]));
}

await t.test('requests are found by their numbers, across stretches and gaps', (t) => {
  const kept = new KeptRequests(1000);
  kept.add({ bytes: Buffer.from(PING + GET), first: 5, position: 0, letGo: null });
  // Number 7 can not be sent again, and is not here.
  kept.add({ bytes: Buffer.from(GET), first: 8, position: 100, letGo: null });
  t.same(texts(kept.since(0)), { 5: PING, 6: GET, 8: GET });
  t.same(texts(kept.since(6)), { 6: GET, 8: GET });
  t.same(texts(kept.since(7)), { 8: GET });
  t.same(texts(kept.since(9)), {});
  t.equal(kept.since(6).get(6)?.end, PING.length + GET.length, 'where it ends in all that was sent');
  t.equal(kept.since(6).get(8)?.end, 100 + GET.length);
  t.end();
});

await t.test('a request of which only a piece is there is not found', (t) => {
  const kept = new KeptRequests(1000);
  kept.add({ bytes: Buffer.from(PING + GET.slice(0, -1)), first: 0, position: 0, letGo: null });
  t.same(texts(kept.since(0)), { 0: PING });
  t.end();
});

await t.test('memory is let go of when all that stands in it is answered: once, and the oldest first', (t) => {
  const kept = new KeptRequests(1000);
  const gone: string[] = [];
  kept.add({ bytes: Buffer.from(PING + PING + PING), first: 0, position: 0, letGo: () => gone.push('first') });
  kept.add({ bytes: Buffer.from(GET), first: 3, position: 42, letGo: () => gone.push('second') });
  kept.release(2, 4);
  t.same(gone, [], 'one is not answered yet');
  t.same(texts(kept.since(2)), { 2: PING, 3: GET });
  kept.release(3, 4);
  t.same(gone, ['first']);
  kept.release(3, 4);
  t.same(gone, ['first']);
  kept.release(4, 4);
  t.same(gone, ['first', 'second']);
  t.same(texts(kept.since(0)), {});
  t.end();
});

await t.test('the oldest are forgotten where too much is under way; a single huge one is kept', (t) => {
  const kept = new KeptRequests(2 * PING.length);
  let gone = 0;
  const add = (text: string, first: number): void =>
    kept.add({ bytes: Buffer.from(text), first, position: 0, letGo: () => gone++ });
  add(PING, 0);
  add(PING, 1);
  t.equal(gone, 0, 'as much as may be');
  add(PING, 2);
  t.equal(gone, 1);
  t.same(texts(kept.since(0)), { 1: PING, 2: PING });
  const huge = encodeRequest(['ECHO', 'x'.repeat(1000)]).toString();
  add(huge, 3);
  t.equal(gone, 3);
  t.same(texts(kept.since(0)), { 3: huge });
  t.end();
});

await t.test('whatever is answered and sent meanwhile, what is under way can be read back', async (t) => {
  const random = new SeededRandom(61);
  const to = new FakeSocket();
  const outbox = new Outbox(to.socket, new Turn(), { blockBytes: 1024, highWaterBytes: 1e6, keptBytes: 1e6 });
  const underWay = new Map<number, string>();
  let sent = 0;
  let answered = 0;
  let found = 0;
  for (let step = 0; step < 800; step++) {
    const request = encodeRequest(['SET', `key${sent}`, 'v'.repeat(random.below(random.pick([10, 200, 900, 3000])))]);
    const number = sent++;
    const isKept = random.below(10) > 0;
    if (isKept) {
      outbox.append(request, 0, request.length, sent);
      underWay.set(number, request.toString());
    } else {
      outbox.appendUnkept(request, 0, request.length, sent);
    }
    request.fill('!');
    if (random.below(3) === 0) await nextTurn();
    to.takesAtOnce = random.below(3) > 0;
    if (random.below(10) === 0) {
      to.drain();
      to.report(null);
    }
    // Some, none, or all of those that have left.
    const some = random.below(50) === 0 ? sent - answered : random.below(Math.min(2, sent - answered) + 1);
    await nextTurn();
    for (const until = answered + some; answered < until; answered++) underWay.delete(answered);
    outbox.answered(answered);
    if (random.below(2) > 0) continue;
    const kept = texts(outbox.kept(answered));
    const wanted = Object.fromEntries(underWay);
    found += underWay.size;
    // A comparison of each would be most of the time that this takes.
    if (JSON.stringify(kept) !== JSON.stringify(wanted)) t.same(kept, wanted, `step ${step}`);
  }
  t.ok(found > 500, `${sent} requests; ${found} times one of them was read back`);
});
