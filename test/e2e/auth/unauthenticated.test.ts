import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { Twins } from '../proxy/support/twins.js';

const USERS = ['app on >secret ~* &* +@all'];
const words = (count: number, size = 1): string => Array.from({ length: count }, () => 'x'.repeat(size)).join(' ');

t.test('who has not said who it is gets exactly what a server gives it', async (t) => {
  const twins = await Twins.start({ requirepass: 'key', users: USERS }, { nodeAuth: [Buffer.from('key')] });
  t.teardown(() => twins.stop());
  const { shard } = twins.holdfast;

  t.test('every kind of command', async (t) => {
    const commands = String(JSON.stringify(await twins.direct.send('COMMAND', 'LIST')));
    const names = (JSON.parse(commands) as string[]).filter((name) => !['quit', 'reset'].includes(name));
    t.ok(names.length > 200);
    const pair = await twins.pair();
    for (const name of names) {
      // These are refused in any case; a wrong number of arguments is not looked at.
      if (['replicaof', 'slaveof', 'failover', 'sync', 'psync', 'replconf'].includes(name)) continue;
      for (const args of [[], ['a'], ['a', 'b', '1'], ['a', 'b', '1', '0']]) await pair.same(t, [name, ...args]);
    }
    for (const line of [
      'REPLICAOF no one',
      'SLAVEOF a 1',
      'FAILOVER',
      'SYNC',
      'PSYNC ? -1',
      'NOSUCH a b',
      'SET a 1',
      'MULTI',
      'EXEC',
      'SUBSCRIBE a b c',
      'CLIENT REPLY OFF',
      'CLIENT REPLY SKIP',
      'CLIENT PAUSE 100000',
      'CLIENT KILL TYPE normal',
      'CLIENT LIST',
      'CLIENT ID',
      'CLIENT SETNAME x',
      'CLIENT TRACKING on',
      'SCRIPT FLUSH',
      'SCRIPT LOAD return',
      'XREAD BLOCK 0 STREAMS a $',
      'HELLO 2',
      'HELLO 3',
      'HELLO 3 SETNAME x',
      'HELLO 3 AUTH app wrong',
      'HELLO 9',
      'SELECT 2',
      'PING',
    ])
      await pair.same(t, line.split(' '));
    for (const line of ['PING\r\n', 'GET a\r\n', 'set "a b" 1\r\n', 'MULTI\r\n', 'AUTH wrong\r\n']) {
      await pair.same(t, Buffer.from(line));
    }
    t.equal(shard.gate.holders().length, 0, 'nobody paused anything');
    t.equal(shard.scripts.cache.scripts.length, 0, 'no script was kept');
    await pair.same(t, ['HELLO', '3', 'AUTH', 'app', 'secret']);
    await pair.same(t, ['SET', 'a', '1']);
    await pair.same(t, ['RESET']);
    await pair.same(t, ['GET', 'a']);
    pair.send(['QUIT']);
    await pair.sameEnd(t, 'QUIT');
  });

  t.test('ten arguments and bulks of 16 KB, no more', async (t) => {
    for (const [name, request] of [
      ['11 arguments', encodeCommand('DEL', ...words(10).split(' '))],
      ['a million arguments', Buffer.from('*1000000\r\n$4\r\nMGET\r\n')],
      ['a bulk of 16,385 bytes', encodeCommand('GET', 'x'.repeat(16_385))],
      ['a bulk of 500 MB', Buffer.from('*2\r\n$3\r\nGET\r\n$500000000\r\n')],
      ['a long name', encodeCommand('x'.repeat(16_385))],
      ['AUTH with a long password', encodeCommand('AUTH', 'x'.repeat(20_000))],
    ] as const) {
      const pair = await twins.pair();
      await pair.same(t, ['PING']);
      pair.send(request);
      await pair.sameEnd(t, name);
      pair.close();
    }
    const pair = await twins.pair();
    await pair.same(t, ['DEL', ...words(9).split(' ')]);
    await pair.same(t, ['GET', 'x'.repeat(16_384)]);
    // The limits do not count for inline requests.
    await pair.same(t, Buffer.from(`PING ${words(30)}\r\n`));
    await pair.same(t, Buffer.from(`DEL ${words(30)}\r\n`));
    await pair.same(t, Buffer.from(`GET ${'x'.repeat(30_000)}\r\n`));
    await pair.same(t, ['AUTH', 'app', 'secret']);
    await pair.same(t, ['DEL', ...words(10).split(' ')]);
    await pair.same(t, ['SET', 'a', 'x'.repeat(20_000)]);
    await pair.same(t, ['RESET']);
    pair.send(encodeCommand('DEL', ...words(10).split(' ')));
    await pair.sameEnd(t, 'and they count again after RESET');
    pair.close();
  });

  t.test('its very first request is large: it ends alone, the lane of the others stays', async (t) => {
    const witness = await twins.pair();
    await witness.same(t, ['GET', 'a']);
    const ids = async (): Promise<string> => String(await twins.behind.send('CLIENT', 'LIST', 'TYPE', 'normal'));
    const before = /id=(\d+) .* cmd=get /.exec(await ids())?.[1];
    for (let round = 0; round < 20; round++) {
      const pair = await twins.pair();
      pair.send(encodeCommand('MGET', ...words(20).split(' ')));
      await pair.sameEnd(t, '21 arguments');
      pair.close();
    }
    await witness.same(t, ['GET', 'a']);
    t.equal(/id=(\d+) .* cmd=get /.exec(await ids())?.[1], before, 'the same connection');
    witness.close();
  });

  t.test('CVE-2025-21605: it never reads, and is not given room for its errors', async (t) => {
    const client = await twins.holdfast.client();
    client.socket.pause();
    const requests = Buffer.concat(Array.from({ length: 1000 }, () => encodeCommand('GET', 'a')));
    const { localPort } = client.socket;
    const proxied = [...shard.clients.values()].find(({ addr }) => addr.endsWith(`:${localPort}`));
    await until('Holdfast stops reading it', () => {
      // Until the kernel's own buffers, some MB, are full.
      if (client.socket.writableLength < 1024 * 1024) client.socket.write(requests);
      return proxied?.waitsFor === 'output' && client.socket.writableLength >= 1024 * 1024;
    });
    t.ok((proxied?.input.length ?? 0) < 512 * 1024);
    t.ok((proxied?.output.unsent ?? 0) < 1024 * 1024, `${proxied?.output.unsent} bytes of errors`);
    client.close();
  });
});
