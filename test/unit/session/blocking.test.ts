import t from 'tap';
import { decodeRequest } from '../../../src/resp/decode.js';
import { awaitedKeys, newestIds, withRemainingTime } from '../../../src/session/blocking.js';

/** Name and words. */
function request(line: string): [name: string, args: Buffer[]] {
  const args = line.split(' ').map((word) => Buffer.from(word));
  return [args[0]?.toString().toLowerCase() ?? '', args];
}

/** The request that is sent to the next server, after so long a wait. */
function again(waitedMs: number, line: string): string {
  return decodeRequest(withRemainingTime(...request(line), waitedMs))
    .map((arg) => arg.toString())
    .join(' ');
}

const CASES: readonly (readonly [waitedMs: number, before: string, after: string])[] = [
  [400, 'BLPOP a b 1', 'BLPOP a b 0.600'],
  [400, 'brpop a 0.5', 'brpop a 0.100'],
  [1500, 'BLMOVE a b LEFT RIGHT 10', 'BLMOVE a b LEFT RIGHT 8.500'],
  [1, 'BRPOPLPUSH a b 2', 'BRPOPLPUSH a b 1.999'],
  [250, 'BZPOPMIN a 1e0', 'BZPOPMIN a 0.750'],
  [250, 'BZPOPMAX 5 5 5', 'BZPOPMAX 5 5 4.750'],
  [500, 'BLMPOP 2 2 a b LEFT COUNT 7', 'BLMPOP 1.500 2 a b LEFT COUNT 7'],
  [500, 'BZMPOP 2 1 a MIN', 'BZMPOP 1.500 1 a MIN'],
  [40, 'WAIT 1 100', 'WAIT 1 60'],
  [40, 'WAITAOF 1 1 100', 'WAITAOF 1 1 60'],
  [0.4, 'WAIT 1 100', 'WAIT 1 100'],
  [40, 'XREAD BLOCK 100 STREAMS a $', 'XREAD BLOCK 60 STREAMS a $'],
  [40, 'xread count 5 block 100 streams a b 0 0', 'xread count 5 block 60 streams a b 0 0'],
  [
    40,
    'XREADGROUP GROUP g c COUNT 1 NOACK BLOCK 100 STREAMS a >',
    'XREADGROUP GROUP g c COUNT 1 NOACK BLOCK 60 STREAMS a >',
  ],
  [40, 'XREADGROUP BLOCK 100 GROUP g c STREAMS a >', 'XREADGROUP BLOCK 60 GROUP g c STREAMS a >'],
];

await t.test('what is left of the timeout is asked for', async (t) => {
  for (const [waitedMs, before, after] of CASES) t.equal(again(waitedMs, before), after);
});

await t.test('a wait for ever stays one', async (t) => {
  for (const line of ['BLPOP a 0', 'BLPOP a 0.0', 'BLMPOP 0 1 a LEFT', 'WAIT 1 0', 'XREAD BLOCK 0 STREAMS a $']) {
    t.equal(again(100_000, line), line);
  }
});

await t.test('a wait that is over asks once more, and never for ever', async (t) => {
  t.equal(again(1000, 'BLPOP a 1'), 'BLPOP a 0.001');
  t.equal(again(99_999, 'BLPOP a 1'), 'BLPOP a 0.001');
  t.equal(again(999.9, 'BLPOP a 1'), 'BLPOP a 0.001');
  t.equal(again(500, 'XREAD BLOCK 100 STREAMS a $'), 'XREAD BLOCK 1 STREAMS a $');
  t.equal(again(500, 'WAIT 1 100'), 'WAIT 1 1');
  t.equal(again(5, 'BLPOP a 0.0001'), 'BLPOP a 0.001', 'a timeout under a millisecond too');
});

await t.test('only the timeout is touched', async (t) => {
  // A group, a consumer, a stream may have any name, that of the option too.
  const names = 'XREADGROUP GROUP block 5000 BLOCK 100 STREAMS block 7';
  t.equal(again(40, names), 'XREADGROUP GROUP block 5000 BLOCK 60 STREAMS block 7');
  for (const line of [
    'XREAD STREAMS block 5000',
    'XREAD COUNT 1 STREAMS a block 100 100',
    'XREADGROUP GROUP block 5000 STREAMS a >',
    'XREAD',
    'XREAD BLOCK',
    'BLPOP a notanumber',
    'BLPOP a -1',
    'BLPOP',
  ]) {
    t.equal(again(40, line), line);
  }
  const binary = [Buffer.from('BLPOP'), Buffer.from([0, 255, 13, 10]), Buffer.from('1')];
  t.same(decodeRequest(withRemainingTime('blpop', binary, 100)), [binary[0], binary[1], Buffer.from('0.900')]);
});

await t.test('the keys that are waited for', async (t) => {
  for (const [line, wanted] of [
    ['BLPOP a b 1', 'a b'],
    ['brpop a 0.5', 'a'],
    ['BZPOPMIN a 0', 'a'],
    ['BZPOPMAX 5 5 5', '5 5'],
    ['BLMOVE a b LEFT RIGHT 10', 'a'],
    ['BRPOPLPUSH a b 2', 'a'],
    ['BLMPOP 2 2 a b LEFT COUNT 7', 'a b'],
    ['BZMPOP 2 1 a MIN', 'a'],
    ['BLMPOP 2 x a LEFT', ''],
    ['XREAD COUNT 5 BLOCK 100 STREAMS a b 0 $', 'a b'],
    ['XREADGROUP GROUP streams block NOACK BLOCK 100 STREAMS a >', 'a'],
    ['XREAD BLOCK 100 STREAMS a b 0', ''],
    ['XREAD BLOCK 100 STREAMS', ''],
    ['WAIT 1 100', ''],
    ['BLPOP', ''],
  ] as const) {
    t.equal(
      awaitedKeys(...request(line))
        .map(String)
        .join(' '),
      wanted,
      line,
    );
  }
});

await t.test('where a stream is read from its end', async (t) => {
  for (const [line, wanted] of [
    ['XREAD BLOCK 100 STREAMS a b c $ 5-5 +', 'a 7, c 9'],
    ['XREAD BLOCK 100 STREAMS $ + 0-0 5', ''],
    ['XREADGROUP GROUP g c BLOCK 100 STREAMS a $', ''],
    ['BLPOP $ 0', ''],
  ] as const) {
    const found = newestIds(...request(line)).map(({ key, at }) => `${key.toString()} ${at}`);
    t.equal(found.join(', '), wanted, line);
  }
});
