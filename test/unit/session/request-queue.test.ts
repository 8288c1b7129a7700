import t from 'tap';
import { RequestQueue } from '../../../src/session/request-queue.js';
import { collectorOfGarbage } from '../../support/collect-garbage.js';
import { SeededRandom } from '../resp/seeded-random.js';

await t.test('what was added comes out again, in its order and whatever became of the memory it was in', (t) => {
  const random = new SeededRandom(31);
  for (let round = 0; round < 30; round++) {
    const queue = new RequestQueue();
    const added: string[] = [];
    for (let left = random.below(100); left > 0; left--) {
      const text = random.bytes(random.pick([20, 20, 300, 5000, 70_000]));
      const request = Buffer.from(text, 'latin1');
      queue.add(request);
      request.fill('!');
      added.push(text);
    }
    const out = [...queue].map((request) => request.toString('latin1'));
    if (queue.length !== added.length || out.join('|') !== added.join('|')) t.fail(`round ${round}`);
    const bytes = added.reduce((sum, text) => sum + text.length, 0);
    if (queue.memory < bytes) t.fail(`round ${round}: ${queue.memory} bytes for ${bytes}`);
  }
  t.pass();
  t.end();
});

await t.test('many short requests take the memory that they are counted for', (t) => {
  const collect = collectorOfGarbage();
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const ping = Buffer.from('*1\r\n$4\r\nPING\r\n');
  const before = used();
  const queue = new RequestQueue();
  for (let left = 200_000; left > 0; left--) queue.add(ping);
  const grown = used() - before;
  t.ok(grown < 2 * queue.memory, `${grown} bytes, counted as ${queue.memory}`);
  t.ok(queue.memory < 2.5 * queue.length * ping.length, `${queue.length * ping.length} bytes of requests`);
  t.end();
});
