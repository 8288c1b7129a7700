import t from 'tap';
import { encodeRequest } from '../../../src/resp/encode.js';
import { RequestScanner, Scan } from '../../../src/resp/request-scanner.js';
import { eachByte, LIMITS, scanRequests, seen } from './scan-requests.js';

/** What arrives, and what is found in it. */
const CASES: Readonly<Record<string, readonly [string, readonly unknown[]]>> = {
  'one word': ['*1\r\n$4\r\nPING\r\n', [seen('PING')]],
  'two words': ['*2\r\n$3\r\nGET\r\n$1\r\nk\r\n', [seen('GET', 'k')]],
  'empty arguments': ['*3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n', [seen('SET', '', '')]],
  'an empty name': ['*1\r\n$0\r\n\r\n', [seen('')]],
  'a value that looks like a request': [
    `*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\n`,
    [seen('ECHO', '*1\r\n$4\r\nPING\r\n')],
  ],
  'lengths of one to four digits': [
    [9, 10, 99, 100, 999, 1000, 1234].map((size) => `*2\r\n$1\r\nE\r\n$${size}\r\n${'x'.repeat(size)}\r\n`).join(''),
    [9, 10, 99, 100, 999, 1000, 1234].map((size) => seen('E', 'x'.repeat(size))),
  ],
  'a pipeline': [
    '*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\r\n\r\n*1\r\n$4\r\nQUIT\r\n',
    [seen('PING'), seen('SET', 'a', '\r\n'), seen('QUIT')],
  ],
  'a second argument is forgotten with its request': [
    '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n',
    [seen('GET', 'k'), seen('PING')],
  ],
  'many arguments': [
    encodeRequest(['DEL', ...Array.from({ length: 40 }, (_, at) => `k${at}`)]).toString(),
    [seen('DEL', ...Array.from({ length: 40 }, (_, at) => `k${at}`))],
  ],
  'nothing asked, then something': [
    '*0\r\n*-1\r\n*-5\r\n\r\n\n*1\r\n$4\r\nPING\r\n*0\r\n',
    ['empty', 'empty', 'empty', 'empty', 'empty', seen('PING'), 'empty'],
  ],
  'inline between arrays': [
    'PING\r\n*1\r\n$4\r\nPING\r\nGET "a b"\n \r\n',
    ['inline: PING\r\n', seen('PING'), 'inline: GET "a b"\n', 'inline:  \r\n'],
  ],
  'a NUL hides the end of an inline line': ['PING\r\nPING\0\r\nPING\r\n', ['inline: PING\r\n', 'rest: 13']],
  'the beginning of a request': ['*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nEC', [seen('PING'), 'rest: 10']],
  'a bulk without its line end': ['*1\r\n$4\r\nPING\r', ['rest: 13']],
  'a wrong byte behind a bulk': ['*1\r\n$4\r\nPINGS\r\n', ['error: Protocol error: expected CR LF behind a bulk']],
  'CR alone behind a bulk': ['*1\r\n$4\r\nPING\rX', ['error: Protocol error: expected CR LF behind a bulk']],
  'a bulk that is one too long': ['*1\r\n$3\r\nPING\r\n', ['error: Protocol error: expected CR LF behind a bulk']],
  'CR alone behind a count': ['*1\r_$4\r\nPING\r\n', ['error: Protocol error: invalid multibulk length']],
  'CR alone behind a length': ['*1\r\n$4\r_PING\r\n', ['error: Protocol error: invalid bulk length']],
  'CR alone behind a long length': ['*1\r\n$1234\r_PING\r\n', ['error: Protocol error: invalid bulk length']],
  'another type inside': ['*2\r\n$3\r\nGET\r\n:1\r\n', [`error: Protocol error: expected '$', got ':'`]],
  'an array inside': ['*2\r\n$3\r\nGET\r\n*0\r\n', [`error: Protocol error: expected '$', got '*'`]],
};

for (const [what, [text, expected]] of Object.entries(CASES)) {
  await t.test(`${what}: the same however it is cut`, async (t) => {
    const bytes = Buffer.from(text, 'latin1');
    t.same(scanRequests([bytes]), expected, 'whole');
    t.same(scanRequests(eachByte(bytes)), expected, 'byte by byte');
    for (let at = 1; at < bytes.length; at++) {
      const found = scanRequests([bytes.subarray(0, at), bytes.subarray(at)]);
      if (JSON.stringify(found) !== JSON.stringify(expected)) t.same(found, expected, `split at ${at}`);
    }
  });
}

await t.test('a request after an empty one starts from nothing', async (t) => {
  // CVE-2026-27623: state of the request before was left standing behind an empty one.
  const scanner = new RequestScanner(LIMITS);
  const stream = Buffer.from(
    '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n*0\r\n*1\r\n$4\r\nPING\r\n*-1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n',
  );
  const expected = [seen('SET', 'a', 'b'), 'empty', seen('PING'), 'empty', seen('GET', 'a')];
  t.same(scanRequests([stream], scanner), expected);
  t.same(scanRequests(eachByte(stream), scanner), expected, 'and the scanner can be used on');
});

await t.test('a partial request tells how much it needs at least', async (t) => {
  const scanner = new RequestScanner(LIMITS);
  const scan = (text: string): Scan => scanner.scan(Buffer.from(text), 0, text.length);
  const steps: readonly (readonly [string, number, boolean])[] = [
    ['*', 2, false],
    ['*3\r\n', 5, false],
    ['*3\r\n$3\r\n', 13, false],
    ['*3\r\n$3\r\nSE', 13, false],
    ['*3\r\n$3\r\nSET\r\n', 14, true],
    ['*3\r\n$3\r\nSET\r\n$100000000\r\n', 13 + 12 + 100_000_000 + 2, true],
  ];
  for (const [text, expected, nameKnown] of steps) {
    t.equal(scan(text), Scan.Partial);
    t.equal(scanner.expectedBytes, expected, JSON.stringify(text));
    t.equal(scanner.nameKnown, nameKnown, `name known after ${JSON.stringify(text)}`);
    t.equal(scanner.insideRequest, text.length > 1 && text.includes('\n'), 'inside');
  }
  t.equal(Buffer.from(steps.at(-1)?.[0] ?? '').toString('latin1', scanner.nameStart, scanner.nameStart + 3), 'SET');

  scanner.forget();
  t.equal(scanner.insideRequest, false);
  t.equal(scanner.expectedBytes, 0, 'what another request needed is nothing to the next one');
  t.equal(scan('*1\r\n$4\r\nPING\r\n'), Scan.Complete);
  t.equal(scanner.expectedBytes, 0);
});

await t.test('what was scanned of a partial request is not scanned again', async (t) => {
  const scanner = new RequestScanner(LIMITS);
  const begun = Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n');
  t.equal(scanner.scan(begun, 0, begun.length), Scan.Partial);
  // The bytes before the third argument are spoilt: whoever looked at them again would say so.
  const all = Buffer.concat([Buffer.alloc(begun.length, '!'), Buffer.from('$1\r\nv\r\n')]);
  t.equal(scanner.scan(all, 0, all.length), Scan.Complete);
  t.equal(scanner.frameEnd, all.length);
});
