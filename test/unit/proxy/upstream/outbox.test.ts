import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { Outbox } from '../../../../src/proxy/upstream/outbox.js';
import { takeMemory } from '../../../../src/proxy/memory.js';
import { Turn } from '../../../../src/proxy/turn.js';
import { SeededRandom } from '../../resp/seeded-random.js';
import { FakeSocket } from './fake-socket.js';

const BLOCK = 1024;

function make(): { readonly to: FakeSocket; readonly outbox: Outbox; readonly append: (text: string) => void } {
  const to = new FakeSocket();
  let sent = 0;
  const outbox = new Outbox(to.socket, new Turn(), {
    blockBytes: BLOCK,
    highWaterBytes: 4 * 1024 * 1024,
    keptBytes: 1024 * 1024,
  });
  const append = (text: string): void => {
    const bytes = Buffer.from(`..${text}..`, 'latin1');
    outbox.append(bytes, 2, bytes.length - 2, ++sent);
    // The client's buffer is the client's again.
    bytes.fill('!');
  };
  return { to, outbox, append };
}

await t.test('what one turn brought leaves in one write, at its end', async (t) => {
  const { to, append } = make();
  for (let left = 10; left > 0; left--) append('PING\r\n');
  t.same(to.calls, [], 'not before');
  await nextTurn();
  t.same(to.calls, ['write 60']);
  t.equal(to.written, 'PING\r\n'.repeat(10));

  append('GET a\r\n');
  await nextTurn();
  t.same(to.calls, ['write 60', 'write 7']);
  await nextTurn();
  t.equal(to.calls.length, 2, 'a turn without requests writes nothing');
});

await t.test('a full block leaves before the next one is begun', async (t) => {
  const { to, append } = make();
  for (let left = 10; left > 0; left--) append('x'.repeat(200));
  t.same(to.calls, ['write 1000']);
  await nextTurn();
  t.same(to.calls, ['write 1000', 'write 1000']);
});

await t.test(
  'a large request is written from memory of its own, in its place and in one go with its neighbours',
  async (t) => {
    const { to, append } = make();
    append('a'.repeat(200));
    append('L'.repeat(5000));
    append('b'.repeat(10));
    append('M'.repeat(600));
    append('c'.repeat(100));
    await nextTurn();
    t.equal(to.written, `${'a'.repeat(200)}${'L'.repeat(5000)}${'b'.repeat(10)}${'M'.repeat(600)}${'c'.repeat(100)}`);
    t.equal(to.calls[0], 'write 200');
    t.equal(to.calls[1], 'cork');
    t.equal(to.calls.at(-1), 'uncork');
    t.equal(to.calls.filter((call) => call.endsWith('cork')).length, 2, 'corked once');
    append('d');
    await nextTurn();
    t.equal(to.calls.at(-1), 'write 1', 'without a large one nothing is corked');
  },
);

await t.test('bytes that were written are never changed, and come in their order', async (t) => {
  const random = new SeededRandom(15);
  const { to, append } = make();
  let expected = '';
  for (let at = 0; at < 2000; at++) {
    const text = String.fromCharCode(97 + (at % 26)).repeat(1 + random.below(random.pick([5, 300, 2000])));
    expected += text;
    append(text);
    if (random.below(5) === 0) await nextTurn();
    to.takesAtOnce = random.below(3) > 0;
    if (random.below(50) === 0) to.drain();
  }
  await nextTurn();
  t.ok(to.written === expected, `${expected.length} bytes in ${to.buffers.length} writes`);
});

await t.test(
  'memory of a large request is used again when it has left for certain, and by one at a time',
  async (t) => {
    const { to, outbox, append } = make();
    const size = 20_000;
    append('L'.repeat(size));
    await nextTurn();
    const [lost] = to.buffers;
    to.report(new Error('the connection is gone'));
    append('M'.repeat(size));
    await nextTurn();
    const [, sent] = to.buffers;
    t.not(sent?.buffer, lost?.buffer, 'what was lost may still be on its way');
    to.report(null);
    outbox.answered(2);
    const [first, second] = [takeMemory(size), takeMemory(size)];
    t.equal(first.buffer, sent?.buffer);
    t.notOk([first.buffer, lost?.buffer].includes(second.buffer));
    t.equal(lost?.toString(), 'L'.repeat(size));
  },
);

await t.test('it is full while too much is unsent', async (t) => {
  const to = new FakeSocket();
  let woken = 0;
  to.on('drain', () => {
    woken++;
    t.equal(outbox.full, false, 'who waited for it finds room');
  });
  const outbox = new Outbox(to.socket, new Turn(), { blockBytes: BLOCK, highWaterBytes: 3000, keptBytes: 0 });
  const send = (length: number): void => outbox.append(Buffer.alloc(length), 0, length, 1);
  send(1000);
  t.equal(outbox.full, false, 'not yet written');
  send(2000);
  t.equal(outbox.full, false, 'as much as may be');
  send(1);
  await nextTurn();
  t.equal(to.writableLength, 3001);
  t.equal(outbox.full, true);
  to.drain();
  t.equal(woken, 1);
  to.takesAtOnce = true;
  send(5000);
  t.equal(outbox.full, true, 'corked');
  await nextTurn();
  t.equal(outbox.full, false, 'the kernel took it at once');
});
