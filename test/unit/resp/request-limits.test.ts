import t from 'tap';
import { MAX_LINE_BYTES, MAX_NAME_BYTES, RequestScanner, Scan } from '../../../src/resp/request-scanner.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { eachByte, LIMITS, scanRequests } from './scan-requests.js';

const server = await RedisServer.start();
const locked = await RedisServer.start({ requirepass: 'secret' });
t.teardown(async () => {
  await server.dispose();
  await locked.dispose();
});

/** All that a server says to these bytes until it closes the connection. */
async function lastWords(of: RedisServer, bytes: Buffer): Promise<string> {
  const client = await RawClient.connect(of);
  client.send(bytes);
  const words = await client.ended();
  client.close();
  return words.toString('latin1');
}

/** What the server answers to a PING behind these bytes. */
async function pingBehind(of: RedisServer, bytes: Buffer): Promise<string> {
  const client = await RawClient.connect(of);
  client.send(Buffer.concat([bytes, Buffer.from('*1\r\n$4\r\nPING\r\n')]));
  const reply = await client.replies(1);
  client.close();
  return reply.toString('latin1');
}

function unauthenticated(): RequestScanner {
  const scanner = new RequestScanner(LIMITS);
  scanner.unauthenticated = true;
  return scanner;
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const REFUSED: readonly string[] = [
  '*\r\n',
  '*x\r\n',
  '*1x\r\n',
  '* 1\r\n',
  '*+1\r\n',
  '*01\r\n',
  '*-0\r\n',
  '*1.0\r\n',
  '*0x1\r\n',
  '*2147483648\r\n',
  '*99999999999999999999999\r\n',
  `*${'1'.repeat(MAX_LINE_BYTES + 1)}`,
  '*1\r\n$\r\n',
  '*1\r\n$x\r\n',
  '*1\r\n$1x\r\n',
  '*1\r\n$ 4\r\n',
  '*1\r\n$+4\r\n',
  '*1\r\n$04\r\n',
  '*1\r\n$004\r\nPING\r\n',
  '*1\r\n$-1\r\n',
  '*1\r\n$-0\r\n',
  '*2\r\n$4\r\nECHO\r\n$536870913\r\n',
  '*2\r\n$4\r\nECHO\r\n$9999999999999999999999\r\n',
  `*1\r\n$${'1'.repeat(MAX_LINE_BYTES + 1)}`,
  '*1\r\nPING\r\n',
  '*1\r\n*1\r\n',
  '*1\r\n:1\r\n',
  '*1\r\n+PING\r\n',
  '*1\r\n\n\r\n',
  '*1\r\n\xff\r\n',
  '*2\r\n$4\r\nPING\r\n-1\r\n',
  'x'.repeat(MAX_LINE_BYTES + 1),
];

await t.test('what is no request is refused in the words of a real server', async (t) => {
  await Promise.all(
    REFUSED.map(async (text) => {
      const bytes = latin1(text);
      const what = JSON.stringify(text.slice(0, 40));
      const words = await lastWords(server, bytes);
      t.match(words, /^-ERR Protocol error: .*\r\n$/, `the server refuses ${what}`);
      // A line end cannot stand in an error; the encoder sees to that.
      const found = scanRequests([bytes]).map((each) => String(each).replace(/[\r\n]/g, ' '));
      t.same(found, [`error: ${words.slice('-ERR '.length, -2)}`], what);
      if (text.length < 100) t.same(scanRequests(eachByte(bytes)).at(-1), scanRequests([bytes]).at(-1), 'in bytes');
    }),
  );
});

await t.test('what a real server takes is taken', async (t) => {
  const taken = [
    '*0\r\n',
    '*-1\r\n',
    '*-2147483648\r\n',
    '*-123456789012345678\r\n',
    '\r\n',
    '\n',
    ' \r\n',
    '*0\r\n\r\n*-1\r\n',
  ];
  for (const text of taken) {
    t.equal(await pingBehind(server, latin1(text)), '+PONG\r\n', `the server takes ${JSON.stringify(text)}`);
    const found = scanRequests([latin1(text)]).filter((each) => each !== 'empty' && each !== 'inline:  \r\n');
    t.same(found, [], JSON.stringify(text));
  }
  const scanner = new RequestScanner(LIMITS);
  for (const text of ['*2147483647\r\n$3\r\nDEL\r\n', '*2\r\n$4\r\nECHO\r\n$536870912\r\n']) {
    t.equal(scanner.scan(latin1(text), 0, text.length), Scan.Partial, JSON.stringify(text));
    scanner.forget();
  }
});

await t.test('the largest bulk is a setting', async (t) => {
  const scanner = new RequestScanner({ maxBulkBytes: 1000 });
  t.same(scanRequests([latin1('*2\r\n$4\r\nECHO\r\n$1001\r\n')], scanner), [
    'error: Protocol error: invalid bulk length',
  ]);
});

await t.test('a name is bounded, because it has to be gathered', async (t) => {
  const longest = latin1(`*1\r\n$${MAX_NAME_BYTES}\r\n`);
  t.equal(new RequestScanner(LIMITS).scan(longest, 0, longest.length), Scan.Partial);
  t.same(scanRequests([latin1(`*1\r\n$${MAX_NAME_BYTES + 1}\r\n`)]), ['error: Protocol error: invalid bulk length']);
});

await t.test('an inline request may be as long as in Redis, and ends at any line end', async (t) => {
  const longest = `PING ${'x'.repeat(MAX_LINE_BYTES - 6)}\r\n`;
  t.same(scanRequests([latin1(longest)]), [`inline: ${longest}`]);
  const tooLong = `PING ${'x'.repeat(MAX_LINE_BYTES)}\r\n`;
  t.same(scanRequests([latin1(tooLong)]), ['error: Protocol error: too big inline request'], 'whole');
  t.same(
    scanRequests([latin1(tooLong.slice(0, -2)), latin1('\r\n')]),
    ['error: Protocol error: too big inline request'],
    'before its end has come',
  );
});

await t.test('an unauthenticated connection may send little, as in Redis', async (t) => {
  const words = async (text: string): Promise<void> => {
    const said = await lastWords(locked, latin1(text));
    t.match(said, /^-ERR Protocol error: unauthenticated/, `the server refuses ${JSON.stringify(text)}`);
    t.same(scanRequests([latin1(text)], unauthenticated()), [`error: ${said.slice('-ERR '.length, -2)}`]);
  };
  await words('*11\r\n');
  await words('*1000000\r\n');
  await words('*2\r\n$4\r\nAUTH\r\n$16385\r\n');
  await words('*2\r\n$4\r\nAUTH\r\n$536870912\r\n');

  const ten = latin1(`*10\r\n$3\r\nDEL\r\n${'$1\r\nx\r\n'.repeat(9)}`);
  t.match(await pingBehind(locked, ten), /^-NOAUTH/, 'ten arguments are looked at');
  t.equal(scanRequests([ten], unauthenticated()).length, 1);
  t.equal(unauthenticated().scan(latin1('*2\r\n$4\r\nAUTH\r\n$16384\r\n'), 0, 24), Scan.Partial);

  const scanner = unauthenticated();
  scanner.unauthenticated = false;
  t.equal(scanner.scan(latin1('*1000\r\n$3\r\nDEL\r\n'), 0, 16), Scan.Partial, 'the limits end with the proof');
});
