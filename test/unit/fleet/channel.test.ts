import { PassThrough } from 'node:stream';
import t from 'tap';
import { StreamChannel } from '../../../src/fleet/channel.js';

const MESSAGES = [{ a: 1 }, ['ü\n\r\n', ''], null, { text: 'x'.repeat(1000) }, 7];

t.test('messages arrive whole and in order, wherever the stream is cut', async (t) => {
  const bytes = Buffer.from(MESSAGES.map((message) => `${JSON.stringify(message)}\n`).join(''));
  for (const size of [1, 2, 3, 7, 100, bytes.length]) {
    const stream = new PassThrough();
    const channel = new StreamChannel(stream);
    const got: unknown[] = [];
    channel.onMessage((message) => got.push(message));
    for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
    t.same(got, MESSAGES, `in pieces of ${size}`);
  }
});

t.test('what can not be understood closes the channel, and nothing more is taken', async (t) => {
  const stream = new PassThrough();
  const channel = new StreamChannel(stream);
  const got: unknown[] = [];
  channel.onMessage((message) => got.push(message));
  const closed = new Promise<void>((resolve) => channel.onClosed(resolve));
  stream.write('1\n{"half":\n2\n');
  await closed;
  t.same(got, [1]);
  channel.send('nobody hears this');
});

t.test('the end of the other side closes it', async () => {
  const stream = new PassThrough();
  const channel = new StreamChannel(stream);
  const closed = new Promise<void>((resolve) => channel.onClosed(resolve));
  stream.end();
  await closed;
});

t.test('when nobody takes what is said, the channel closes before memory is full', async (t) => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const channel = new StreamChannel(stream);
  stream.pause();
  const closed = new Promise<void>((resolve) => channel.onClosed(resolve));
  const text = 'x'.repeat(1024 * 1024);
  for (let at = 0; at < 100; at++) channel.send(text);
  await closed;
  t.ok(stream.destroyed);
});
