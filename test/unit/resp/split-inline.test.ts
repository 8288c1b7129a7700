import t from 'tap';
import { splitInline } from '../../../src/resp/inline.js';
import { encodeBulk } from '../../../src/resp/encode.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { SeededRandom } from './seeded-random.js';

const CASES: Readonly<Record<string, readonly string[] | null>> = {
  '': [],
  '  \t ': [],
  PING: ['PING'],
  '  GET   k  ': ['GET', 'k'],
  'a\tb\vc\fd\re': ['a', 'b\vc\fd', 'e'],
  '"a b" c': ['a b', 'c'],
  "'a b' c": ['a b', 'c'],
  'a"b c"': ['ab c'],
  '""': [''],
  "''": [''],
  '"\\n\\r\\t\\b\\a\\\\\\""': ['\n\r\t\b\x07\\"'],
  '"\\x00\\xff\\xAb"': ['\x00\xff\xab'],
  '"\\xg1\\x1"': ['xg1x1'],
  "'it\\'s' '\\n'": ["it's", '\\n'],
  "'\\\"'": ['\\"'],
  'a\\nb': ['a\\nb'],
  '"open': null,
  "'open": null,
  '"a"b': null,
  "'a'b": null,
  '"a\\': null,
  '"a\\"': null,
};

await t.test('words, quotes and escapes', async (t) => {
  for (const [line, expected] of Object.entries(CASES)) {
    const words = splitInline(Buffer.from(line, 'latin1'))?.map((word) => word.toString('latin1')) ?? null;
    t.same(words, expected, JSON.stringify(line));
  }
  t.same(splitInline(Buffer.from('a \0b')), [Buffer.from('a')], 'a NUL ends the line, as in C');
  t.same(splitInline(Buffer.from('ab\0c')), [Buffer.from('ab')]);
});

await t.test('any line is split as a real server splits it', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const random = new SeededRandom(20_260_101);
  const alphabet = `"'\\\\"'  \t\v\fabxX09fFnrt\\n\x80\xff`.split('');
  const lines = Object.keys(CASES);
  for (let left = 3000; left > 0; left--) {
    let line = '';
    for (let length = random.below(14); length > 0; length--) line += random.pick(alphabet);
    lines.push(line);
  }

  const good = lines.filter((line) => splitInline(Buffer.from(line, 'latin1')) !== null);
  t.ok(good.length > 500, `${good.length} of ${lines.length} lines are whole`);
  const client = await RawClient.connect(server);
  // The script returns its arguments: what the server made of the rest of the line.
  client.send(Buffer.from(good.map((line) => `EVAL "return ARGV" 0 ${line}\r\n`).join(''), 'latin1'));
  const replies = await client.replies(good.length);
  client.close();
  let at = 0;
  for (const line of good) {
    const words = splitInline(Buffer.from(line, 'latin1')) ?? [];
    const expected = Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...words.map((word) => encodeBulk(word))]);
    const got = replies.subarray(at, at + expected.length);
    at += expected.length;
    if (!got.equals(expected)) {
      t.equal(got.toString('latin1'), expected.toString('latin1'), JSON.stringify(line));
      return;
    }
  }
  t.equal(at, replies.length);

  const bad = lines.filter((line) => splitInline(Buffer.from(line, 'latin1')) === null);
  t.ok(bad.length > 200, `${bad.length} are not`);
  await Promise.all(
    bad.slice(0, 200).map(async (line) => {
      const unlucky = await RawClient.connect(server);
      unlucky.send(Buffer.from(`ECHO ${line}\r\n`, 'latin1'));
      const words = (await unlucky.ended()).toString('latin1');
      unlucky.close();
      if (words !== '-ERR Protocol error: unbalanced quotes in request\r\n')
        t.fail(`${JSON.stringify(line)}: ${words}`);
    }),
  );
});
