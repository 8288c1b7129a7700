import t from 'tap';
import type { Client } from '../../../../src/proxy/client/client.js';
import { Output } from '../../../../src/proxy/client/output.js';
import { takeMemory } from '../../../../src/proxy/memory.js';
import { SeededRandom } from '../../resp/seeded-random.js';
import { FakeSocket } from '../upstream/fake-socket.js';

/** All that it asks of its client. */
const CLIENT = { shard: { options: { clientOutputLimit: 0 } } } as unknown as Client;

class FakeTlsSocket extends FakeSocket {
  readonly encrypted = true;
}

/** Writes a copy of `text`, and spoils what it was copied from. */
function write(output: Output, text: string): void {
  const bytes = Buffer.from(`..${text}..`, 'latin1');
  output.writeCopy(bytes, 2, bytes.length - 2);
  bytes.fill('!');
}

await t.test('what was written is never changed, whichever client takes it late', async (t) => {
  const random = new SeededRandom(23);
  const clients = [new FakeSocket(), new FakeSocket(), new FakeSocket(), new FakeTlsSocket()].map((to) => ({
    to,
    output: new Output(to.socket, CLIENT),
    expected: '',
  }));
  for (let step = 0; step < 4000; step++) {
    const client = random.pick(clients);
    const { to, output } = client;
    to.takesAtOnce = !(to instanceof FakeTlsSocket) && random.below(4) > 0;
    const size = 1 + random.below(random.pick([6, 300, 5000, 20_000, random.below(20) === 0 ? 200_000 : 1]));
    const text = String.fromCharCode(97 + random.below(26)).repeat(size);
    write(output, text);
    client.expected += text;
    if (random.below(10) > 0) continue;
    // What was gathered is written when something has been taken.
    to.drain();
    to.drain();
    to.report(null);
    if (to.written !== client.expected) t.fail(`step ${step}`);
    to.buffers.length = 0;
    client.expected = '';
  }
  for (const { to } of clients) {
    to.drain();
    to.drain();
  }
  t.same(
    clients.filter(({ to, expected }) => to.written !== expected),
    [],
  );
});

await t.test('memory of a large reply is used again when it has left for certain', async (t) => {
  const size = 20_000;
  const to = new FakeTlsSocket();
  const output = new Output(to.socket, CLIENT);
  write(output, 'M'.repeat(size));
  const sent = to.buffers[0]?.buffer;
  to.drain();
  to.report(null);
  const [first, second] = [takeMemory(size), takeMemory(size)];
  t.equal(first.buffer, sent, 'with TLS too, where nothing is taken at once');
  t.not(second.buffer, sent, 'by one at a time');

  write(output, 'L'.repeat(size));
  const lost = to.buffers[1];
  to.report(new Error('the connection is gone'));
  t.not(takeMemory(size).buffer, lost?.buffer, 'what was lost may still be on its way');
  t.equal(lost?.toString(), 'L'.repeat(size));
});

await t.test('many small replies for a client that takes nothing are written in few pieces', async (t) => {
  const to = new FakeSocket();
  const output = new Output(to.socket, CLIENT);
  write(output, 'x'.repeat(20_000));
  let expected = 'x'.repeat(20_000);
  for (let count = 0; count < 10_000; count++) {
    write(output, `:${count}`);
    expected += `:${count}`;
    if (output.unsent !== expected.length) t.fail(`${output.unsent} of ${expected.length} bytes count`);
  }
  t.equal(output.empty, false);
  t.ok(to.calls.length < 10, `${to.calls.length} writes`);
  output.write(Buffer.from('end'));
  t.equal(to.written, `${expected}end`, 'and nothing overtakes them');
});
