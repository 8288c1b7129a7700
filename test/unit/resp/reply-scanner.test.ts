import t from 'tap';
import { ReplyScanner, ReplySyntaxError } from '../../../src/resp/reply-scanner.js';
import { scanReplies } from './scan-replies.js';
import { eachByte } from './scan-requests.js';

/** One frame each. */
const FRAMES: readonly string[] = [
  // RESP2
  '+OK\r\n',
  '+\r\n',
  '-ERR no\r\n',
  ':1\r\n',
  ':-9223372036854775808\r\n',
  '$5\r\nhello\r\n',
  '$0\r\n\r\n',
  '$4\r\n\r\n\r\n\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*1\r\n$1\r\na\r\n',
  '*3\r\n:1\r\n+two\r\n$5\r\nthree\r\n',
  '*3\r\n$-1\r\n*-1\r\n*0\r\n',
  '*2\r\n*2\r\n:1\r\n*1\r\n-ERR x\r\n*0\r\n',
  '*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n',
  `$1000\r\n${'x'.repeat(1000)}\r\n`,
  // RESP3
  '_\r\n',
  '#t\r\n',
  '#f\r\n',
  ',1.5\r\n',
  ',-inf\r\n',
  ',nan\r\n',
  '(3492890328409238509324850943850943825024385\r\n',
  '=15\r\ntxt:Some string\r\n',
  '!21\r\nSYNTAX invalid syntax\r\n',
  '%0\r\n',
  '%2\r\n+a\r\n:1\r\n$1\r\nb\r\n*2\r\n:1\r\n:2\r\n',
  '%1\r\n%1\r\n+a\r\n+b\r\n~1\r\n_\r\n',
  '~0\r\n',
  '~3\r\n+a\r\n#t\r\n_\r\n',
  '>0\r\n',
  '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n',
  '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n',
  '>2\r\n$10\r\ninvalidate\r\n_\r\n',
  // Attributes belong to what follows them.
  '|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n',
  '|0\r\n:1\r\n',
  '|1\r\n+a\r\n%1\r\n+k\r\n,0.1\r\n*2\r\n:1\r\n:2\r\n',
  '*3\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n:2\r\n:3\r\n',
  '|1\r\n+a\r\n+b\r\n|1\r\n+c\r\n+d\r\n_\r\n',
  '%1\r\n|1\r\n+a\r\n+b\r\n+key\r\n+value\r\n',
];

const NEXT = ':7\r\n';

await t.test('every type ends where it ends, however it is cut', async (t) => {
  for (const frame of FRAMES) {
    const bytes = Buffer.from(frame + NEXT);
    const expected = [frame.length, frame.length + NEXT.length];
    t.same(scanReplies([bytes]), expected, JSON.stringify(frame.slice(0, 50)));
    t.same(scanReplies(eachByte(bytes)), expected, 'byte by byte');
    for (let at = 1; at < bytes.length; at++) {
      const found = scanReplies([bytes.subarray(0, at), bytes.subarray(at)]);
      if (found.join() !== expected.join()) t.same(found, expected, `split at ${at}`);
    }
  }
});

await t.test('one after the other, in one chunk and at an offset', async (t) => {
  const all = Buffer.from(FRAMES.join(''));
  let end = 0;
  const expected = FRAMES.map((frame) => (end += frame.length));
  t.same(scanReplies([all]), expected);
  t.same(scanReplies(eachByte(all)), expected);
  for (const size of [2, 3, 5, 7, 11, 64]) {
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
      all.subarray(at * size, (at + 1) * size),
    );
    t.same(scanReplies(chunks), expected, `in pieces of ${size}`);
  }
  const scanner = new ReplyScanner();
  t.equal(scanner.scan(all, FRAMES[0]?.length ?? 0, all.length), expected[1], 'what stands before is not looked at');
  t.equal(scanner.scan(all, 0, 3), -1, 'and neither is what stands behind');
});

await t.test('the first byte of a frame and its boundaries are known', async (t) => {
  const scanner = new ReplyScanner();
  t.equal(scanner.atBoundary, true);
  for (const frame of FRAMES) {
    const bytes = Buffer.from(frame);
    for (let at = 0; at < bytes.length - 1; at++) {
      if (scanner.scan(bytes, at, at + 1) !== -1 || scanner.atBoundary) t.fail(`inside ${JSON.stringify(frame)}`);
      if (scanner.frameType !== bytes[0]) t.fail(`type of ${JSON.stringify(frame)}`);
    }
    t.equal(scanner.scan(bytes, bytes.length - 1, bytes.length), bytes.length);
    t.equal(scanner.atBoundary, true);
    t.equal(scanner.frameType, bytes[0]);
  }
});

await t.test('what is no reply throws', async (t) => {
  const garbage: readonly string[] = [
    'PONG\r\n',
    '\r\n',
    '\0',
    ' +OK\r\n',
    'HTTP/1.1 200 OK\r\n',
    '@1\r\n',
    '$x\r\n',
    '$\r\n',
    '$ 1\r\n',
    '$+1\r\n',
    '$1 \r\n',
    '$--1\r\n',
    '$1-\r\n',
    '$-\r\n',
    '$-2\r\n',
    '*-2\r\n',
    '%-1\r\n',
    '~-1\r\n',
    '>-1\r\n',
    '=-1\r\n',
    '!-1\r\n',
    '|-1\r\n',
    '$1234567890123456\r\n',
    '*1\n',
    '$1\ra\r\n',
    '$1\r\nab\r\n',
    '$1\r\na\n\n',
    '$1\r\na\rx',
    '$3\r\nab\r\n+OK\r\n',
    '*2\r\n:1\r\nOK\r\n',
    '+OK\rx',
    ':1\r\r\n',
    // Streamed types of the RESP3 draft: no server sends them.
    '$?\r\n;4\r\nHell\r\n;0\r\n',
    '*?\r\n:1\r\n.\r\n',
  ];
  for (const text of garbage) {
    const bytes = Buffer.from(text, 'latin1');
    t.equal(scanReplies([bytes]).at(-1), 'ReplySyntaxError', JSON.stringify(text));
    t.equal(scanReplies(eachByte(bytes)).at(-1), 'ReplySyntaxError', 'byte by byte');
    for (let at = 1; at < bytes.length; at++) {
      const found = scanReplies([bytes.subarray(0, at), bytes.subarray(at)]).at(-1);
      if (found !== 'ReplySyntaxError') t.fail(`${JSON.stringify(text)} split at ${at}`);
    }
  }
  t.throws(() => new ReplyScanner().scan(Buffer.from('x'), 0, 1), ReplySyntaxError);
});

await t.test('neither depth nor size costs memory', async (t) => {
  const scanner = new ReplyScanner();
  const deeper = Buffer.from('*1\r\n'.repeat(16 * 1024));
  const wider = Buffer.alloc(64 * 1024, 'x');
  t.equal(scanner.scan(deeper, 0, deeper.length), -1, 'the code is compiled and warm');
  const before = process.memoryUsage();
  let notDone = 0;
  for (let left = 200; left > 0; left--) notDone += scanner.scan(deeper, 0, deeper.length);
  t.equal(notDone, -200, '3,276,800 levels');
  const header = Buffer.from(`$${wider.length * 1000}\r\n`);
  t.equal(scanner.scan(header, 0, header.length), -1);
  for (let left = 1000; left > 0; left--) notDone += scanner.scan(wider, 0, wider.length);
  t.equal(notDone, -1200, '64 MB');
  const after = process.memoryUsage();
  t.ok(after.heapUsed - before.heapUsed < 8 * 1024 * 1024, 'a level of 16 bytes would be 50 MB');
  t.ok(after.arrayBuffers - before.arrayBuffers < 8 * 1024 * 1024);
  const end = Buffer.from('\r\n');
  t.equal(scanner.scan(end, 0, end.length), 2, 'and the end is found');
});
