import t from 'tap';
import { InFlight } from '../../../../src/proxy/upstream/in-flight.js';
import { SeededRandom } from '../../resp/seeded-random.js';
import { RecordingSink } from './recording-sink.js';

await t.test('replies come back in the order of the requests', async (t) => {
  const [a, b] = [new RecordingSink(), new RecordingSink()];
  const inFlight = new InFlight();
  t.equal(inFlight.empty, true);
  t.equal(inFlight.peek(), null);
  t.equal(inFlight.peekFrames(), 0);
  inFlight.push(a, 1);
  inFlight.push(b, 3);
  inFlight.push(a, 2);
  t.equal(inFlight.total, 6);
  t.equal(inFlight.peek(), a);
  inFlight.take(1);
  t.equal(inFlight.peek(), b);
  inFlight.take(2);
  t.equal(inFlight.peek(), b);
  t.equal(inFlight.peekFrames(), 1);
  inFlight.take(1);
  t.equal(inFlight.peek(), a);
  inFlight.take(2);
  t.equal(inFlight.empty, true);
  t.equal(inFlight.peek(), null);
  t.equal(inFlight.total, 0);
});

await t.test('neighbouring requests of one sink share an entry', async (t) => {
  const [a, b] = [new RecordingSink(), new RecordingSink()];
  const inFlight = new InFlight();
  for (let left = 1000; left > 0; left--) inFlight.push(a, 1);
  t.equal(inFlight.peekFrames(), 1000);
  inFlight.push(b, 1);
  inFlight.push(a, 1);
  t.equal(inFlight.peekFrames(), 1000, 'but not across somebody else’s');
  inFlight.take(1000);
  inFlight.take(1);
  t.equal(inFlight.peekFrames(), 1);
  inFlight.push(a, 1);
  t.equal(inFlight.peekFrames(), 2, 'the entry at the head can grow too');
});

await t.test('the ring grows and wraps as a plain list would', async (t) => {
  const random = new SeededRandom(11);
  const sinks = Array.from({ length: 5 }, () => new RecordingSink());
  const inFlight = new InFlight();
  const model: RecordingSink[] = [];
  let most = 0;
  for (let step = 0; step < 40_000; step++) {
    // Seasons: the ring fills, then it empties, again and again.
    if (random.below(10) < (step % 4000 < 2000 ? 7 : 3)) {
      const sink = random.pick(sinks);
      const frames = 1 + random.below(3);
      inFlight.push(sink, frames);
      for (let left = frames; left > 0; left--) model.push(sink);
    } else if (model.length > 0) {
      const frames = 1 + random.below(inFlight.peekFrames());
      if (model.splice(0, frames).some((sink) => sink !== inFlight.peek())) t.fail('a reply for somebody else');
      inFlight.take(frames);
    }
    most = Math.max(most, model.length);
    if (inFlight.total !== model.length || inFlight.peek() !== (model[0] ?? null)) {
      t.fail(`step ${step}: ${inFlight.total} expected, ${model.length} in the list`);
      return;
    }
    let run = 0;
    while (run < model.length && model[run] === model[0]) run++;
    if (inFlight.peekFrames() !== run) t.fail(`step ${step}: a run of ${run}, told ${inFlight.peekFrames()}`);
  }
  t.ok(most > 500, `${most} at most: more than the ring begins with`);
});
