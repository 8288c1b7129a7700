import t from 'tap';
import { DEFAULT_ADMIN_LIMITS } from '../../../src/admin/admin-limits.js';
import { RequestDecoder } from '../../../src/admin/request-decoder.js';

const LIMITS = DEFAULT_ADMIN_LIMITS.authenticated;
const UNAUTHENTICATED = DEFAULT_ADMIN_LIMITS.unauthenticated;

/** All requests that come out when the chunks go in one after the other. */
function decode(chunks: readonly Buffer[], limits = LIMITS): string[][] {
  const decoder = new RequestDecoder();
  const found: string[][] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let request = decoder.next(limits); request !== null; request = decoder.next(limits)) found.push(request);
  }
  return found;
}

const STREAM = Buffer.from(
  [
    '*2\r\n$4\r\nECHO\r\n$2\r\n\r\n\r\n', // a value that looks like a line end
    '*0\r\n', // nothing, as Redis sees it
    '*-1\r\n',
    'PING "a b"\r\n',
    '\r\n',
    "echo 'it\\'s'  x\n", // a line end without CR, as telnet and nc send it
    '*1\r\n$4\r\nPING\r\n',
    '*2\r\n$0\r\n\r\n$6\r\n€é1\r\n',
  ].join(''),
);
const EXPECTED = [['ECHO', '\r\n'], ['PING', 'a b'], ['echo', "it's", 'x'], ['PING'], ['', '€é1']];

await t.test('requests come out whole however they come in', async (t) => {
  t.same(decode([STREAM]), EXPECTED, 'in one piece');
  t.same(decode([...STREAM].map((byte) => Buffer.from([byte]))), EXPECTED, 'byte by byte');
  for (let at = 1; at < STREAM.length; at++) {
    t.same(decode([STREAM.subarray(0, at), STREAM.subarray(at)]), EXPECTED, `split at ${at}`);
  }
});

await t.test('what was returned is not kept', async (t) => {
  const decoder = new RequestDecoder();
  const request = Buffer.from(`*2\r\n$4\r\nECHO\r\n$5000\r\n${'x'.repeat(5000)}\r\n`);
  for (let i = 0; i < 100; i++) {
    decoder.push(request);
    t.equal(decoder.next(LIMITS)?.length, 2);
    t.equal(decoder.bufferedBytes, 0);
  }
});

await t.test('a length beyond the limits is refused before its bytes come', async (t) => {
  const cases: readonly (readonly [string, RegExp, typeof LIMITS])[] = [
    ['*1025\r\n', /^Protocol error: invalid multibulk length$/, LIMITS],
    ['*9999999999\r\n', /invalid multibulk length/, LIMITS],
    ['*x\r\n', /invalid multibulk length/, LIMITS],
    ['*+1\r\n', /invalid multibulk length/, LIMITS],
    ['*01\r\n', /invalid multibulk length/, LIMITS],
    ['*1\r\n$107374182400\r\n', /^Protocol error: invalid bulk length$/, LIMITS],
    ['*1\r\n$-1\r\n', /invalid bulk length/, LIMITS],
    ['*1\r\n$1.5\r\n', /invalid bulk length/, LIMITS],
    ['*1\r\n:1\r\n', /expected '\$', got ':'/, LIMITS],
    ['*1\r\n*1\r\n', /expected '\$', got '\*'/, LIMITS],
    ['*1\r\n\r\n', /expected '\$', got '\?'/, LIMITS],
    ['*11\r\n', /unauthenticated multibulk length/, UNAUTHENTICATED],
    ['*1\r\n$16385\r\n', /unauthenticated bulk length/, UNAUTHENTICATED],
    ['a b c d e f g h i j k\r\n', /unauthenticated multibulk length/, UNAUTHENTICATED],
    ['ECHO "a\r\n', /unbalanced quotes in request/, LIMITS],
    ['ECHO "a"b\r\n', /unbalanced quotes in request/, LIMITS],
    ['x'.repeat(70_000), /too big inline request/, LIMITS],
    [`*${'1'.repeat(70_000)}`, /too big mbulk count string/, LIMITS],
    [`*1\r\n$${'1'.repeat(70_000)}`, /too big bulk count string/, LIMITS],
  ];
  for (const [bytes, message, limits] of cases) {
    t.throws(() => decode([Buffer.from(bytes)], limits), { name: 'ProtocolError', message }, bytes.slice(0, 30));
  }
});

await t.test('the arguments of one request are bounded together', async (t) => {
  const argument = `$524288\r\n${'x'.repeat(524_288)}\r\n`;
  t.throws(() => decode([Buffer.from(`*3\r\n$4\r\nECHO\r\n${argument}$524288\r\n`)]), { message: /too big request/ });
});
