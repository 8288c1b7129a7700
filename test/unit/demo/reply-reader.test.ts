import t from 'tap';
import { ReplyReader } from '../../../bench/load/reply-reader.js';

const STREAM = '+OK\r\n:42\r\n:-7\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n-READONLY no\r\n$4\r\n\r\n\r\n\r\n:1\r\n';
const EXPECTED = ['ok', 42, -7, 'hello', '', null, 'READONLY no', '\r\n\r\n', 1];

function read(chunks: readonly Buffer[]): unknown[] {
  const seen: unknown[] = [];
  const reader = new ReplyReader({
    ok: () => seen.push('ok'),
    error: (text) => seen.push(text),
    integer: (value) => seen.push(value),
    bulk: (buffer, start, end) => seen.push(buffer.toString('latin1', start, end)),
    nil: () => seen.push(null),
  });
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

await t.test('replies are read whole', async (t) => {
  t.same(read([Buffer.from(STREAM)]), EXPECTED);
});

await t.test('replies are read byte by byte', async (t) => {
  t.same(read([...Buffer.from(STREAM)].map((byte) => Buffer.from([byte]))), EXPECTED);
});

await t.test('replies are read when split at any place', async (t) => {
  const bytes = Buffer.from(STREAM);
  for (let at = 1; at < bytes.length; at++) t.same(read([bytes.subarray(0, at), bytes.subarray(at)]), EXPECTED);
});

await t.test('what the load can not have asked for is refused', async (t) => {
  t.throws(() => read([Buffer.from('*1\r\n+OK\r\n')]), /unexpected reply/);
  t.throws(() => read([Buffer.from(':4x\r\n')]), /not an integer/);
});
