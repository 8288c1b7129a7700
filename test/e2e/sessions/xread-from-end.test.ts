import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { startShard, type Shard } from '../../support/shard.js';
import { until } from '../../support/until.js';
import { Twins } from '../proxy/support/twins.js';

const USERS = ['app on >secret ~* &* +@all', 'narrow on >secret ~* &* +xread +xadd +client'];

/** How a reader begins, what it reads, and the field that it must get: the first that came after its `$`. */
const READERS: readonly (readonly [hello: string, streams: string, wanted: string])[] = [
  ['PING', 'full $', 'first'],
  ['PING', 'none $', 'first'],
  ['PING', 'emptied $', 'first'],
  ['PING', 'large $', 'first'],
  ['HELLO 3', 'none full 0-0 $', 'first'],
  ['AUTH app secret', 'emptied none full $ $ $', 'first'],
  ['SELECT 1', 'full $', 'first'],
  ['HELLO 3', 'full 8-0', 'first'],
  // Who may not ask where the stream ends waits from the moment in which the call is sent again.
  ['AUTH narrow secret', 'full $', 'third'],
];
const STREAMS = ['full', 'none', 'emptied', 'large'];

let servers: Shard;
let holdfast: HoldfastInProcess;
let writer: RawClient;

t.before(async () => {
  servers = await startShard({ replicas: 1, users: USERS });
  holdfast = await HoldfastInProcess.start(servers.master.id);
  writer = await holdfast.client();
});
t.teardown(() => Promise.all([holdfast.stop(), servers.dispose()]));

async function addEverywhere(id: string, value: string): Promise<void> {
  for (const db of ['0', '1']) {
    await writer.call('SELECT', db);
    for (const stream of STREAMS) await writer.call('XADD', stream, id, 'f', value);
  }
}

t.test('$ is where it was when the call came, whatever the new master has before the call comes there', async (t) => {
  const [from, to] = [servers.master, servers.replicas[0] ?? servers.master];
  for (const db of ['0', '1']) {
    await writer.call('SELECT', db);
    await writer.call('XADD', 'full', '7-7', 'f', 'old');
    await writer.call('XADD', 'large', '7-7', 'f', 'x'.repeat(1_000_000));
    await writer.call('XADD', 'emptied', '9-9', 'f', 'old');
    await writer.call('XDEL', 'emptied', '9-9');
  }
  const readers: RawClient[] = [];
  for (const [hello, streams] of READERS) {
    const reader = await holdfast.client();
    await reader.call(...hello.split(' '));
    reader.send(encodeCommand('XREAD', 'COUNT', '1', 'BLOCK', '0', 'STREAMS', ...streams.split(' ')));
    readers.push(reader);
  }
  const allBlocked = (server: typeof from, count: number): Promise<unknown> =>
    until('all are blocked', async () => Number((await server.info('clients')).get('blocked_clients')) === count);
  await allBlocked(from, READERS.length);
  await servers.inSync(from);
  await holdfast.move(
    from,
    to,
    () => Promise.resolve(),
    async () => {
      await addEverywhere('10-1', 'first');
      await addEverywhere('10-2', 'second');
    },
  );
  await allBlocked(to, 1);
  await addEverywhere('10-3', 'third');
  for (const [at, [hello, streams, wanted]] of READERS.entries()) {
    const reply = (await readers[at]?.replies(1))?.toString('latin1') ?? '';
    t.match(reply, new RegExp(`\\$\\d+\\r\\n${wanted}\\r\\n$`), `${hello}, ${streams}`);
    readers[at]?.close();
  }
});

t.test('nobody sees that the end of the stream is asked for', async (t) => {
  const twins = await Twins.start({ users: USERS });
  t.teardown(() => twins.stop());
  for (const resp of ['2', '3']) {
    const pair = await twins.pair();
    const say = (line: string): Promise<string> => pair.same(t, line.split(' '));
    await say(`HELLO ${resp}`);
    await say('SET string x');
    await say('XADD s 5-5 f v');
    await say('XREAD BLOCK 1 STREAMS s $');
    await say('XREAD BLOCK 1 STREAMS s none $ $');
    await say('XREAD BLOCK 0 STREAMS s none 0 $');
    await say('XREAD BLOCK 1 STREAMS string $');
    await say('XREAD BLOCK 1 STREAMS s $ $');
    await say('XREAD BLOCK 1 STREAMS s +x');
    await say('XREAD BLOCK x STREAMS s $');
    await say('XREADGROUP GROUP g c BLOCK 1 STREAMS s $');
    await say('CLIENT REPLY ON');
    await say('AUTH narrow secret');
    await say('XREAD BLOCK 1 STREAMS s $');
    await say('XRANGE s - +');
    pair.close();
  }
  t.test('nor does CLIENT CACHING lose its meaning', async (t) => {
    const pair = await twins.pair();
    const say = (line: string): Promise<string> => pair.same(t, line.split(' '));
    await say('HELLO 3');
    await say('CLIENT TRACKING on OPTIN');
    await say('CLIENT CACHING yes');
    await say('XREAD BLOCK 1 STREAMS t1 t2 $ $');
    await twins.both('SET', 't1', 'x');
    await pair.sameReplies(t, 1, 'the first stream is tracked');
    await twins.both('SET', 't2', 'x');
    await pair.sameReplies(t, 1, 'the second, too');
    await say('PING');
    pair.close();
  });
});
