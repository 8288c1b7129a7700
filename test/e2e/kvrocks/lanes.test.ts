import t, { type Test } from 'tap';
import { HoldfastInProcess, type InProcessOptions } from '../../support/holdfast-in-process.js';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';

const LANES = 8;

/** A double on which `KEYS` takes until it is let go, and clients that have each spoken once. */
async function startSlow(t: Test, count: number, options: InProcessOptions = {}) {
  const double = await KvrocksDouble.start();
  t.teardown(() => double.dispose());
  let letGo = (): void => undefined;
  const slow = new Promise<void>((resolve) => (letGo = resolve));
  const heard: string[] = [];
  double.slowed = async (words) => {
    heard.push(words.join(' '));
    if (words[0] === 'KEYS') await slow;
  };
  const holdfast = await HoldfastInProcess.start(double.id, options);
  t.teardown(() => holdfast.stop());
  const clients: RawClient[] = [];
  for (let index = 0; index < count; index++) {
    const client = await holdfast.client();
    t.teardown(() => client.close());
    t.equal(await client.call('SET', `key:${index}`, String(index)), '+OK\r\n');
    clients.push(client);
  }
  return { double, holdfast, clients, letGo, heard, has: (line: string) => heard.includes(line) };
}

await t.test('a slow command holds up those who share its lane, and nobody else', async (t) => {
  const { holdfast, clients, letGo, has } = await startSlow(t, 3 * LANES);
  t.equal(holdfast.shard.upstreams('lane'), LANES);
  const [first, ...others] = clients;
  first?.send(encodeCommand('KEYS', '*'));
  await until('the server is busy with it', () => has('KEYS *'));
  for (const client of others) client.send(encodeCommand('INCR', 'counter'));
  const answered = (): number => others.filter(({ received }) => received.length > 0).length;
  const beside = others.length - 2;
  await until('those on other lanes are answered', () => answered() >= beside);
  // Asked on a lane of its own now: whatever could come, came.
  const later = await holdfast.client();
  t.teardown(() => later.close());
  t.equal(await later.call('SELECT', '1'), '+OK\r\n');
  t.equal(await later.call('GET', 'counter'), `$2\r\n${beside}\r\n`);
  t.equal(answered(), beside);
  letGo();
  await until('all are answered', () => answered() === others.length);
  await first?.replies(1);
});

await t.test('with one lane, as on a server with one thread, it holds up everybody', async (t) => {
  const { holdfast, clients, letGo, has } = await startSlow(t, 4, { lanes: 1 });
  t.equal(holdfast.shard.upstreams('lane'), 1);
  clients[0]?.send(encodeCommand('KEYS', '*'));
  await until('the server is busy with it', () => has('KEYS *'));
  for (const client of clients.slice(1)) client.send(encodeCommand('ECHO', 'x'));
  const later = await holdfast.client();
  t.teardown(() => later.close());
  t.equal(await later.call('SELECT', '1'), '+OK\r\n');
  t.notOk(has('ECHO x'), 'though a lane of another identity is served');
  letGo();
  for (const client of clients) await client.replies(1);
});

await t.test('what a client says next never overtakes what is still on its lane', async (t) => {
  const { clients, letGo, has } = await startSlow(t, 3);
  const lines = [
    'KEYS *',
    'SET mine 1',
    'MULTI',
    'GET mine',
    'EXEC',
    'BLPOP none 0.01',
    'SELECT 3',
    'AUTH x',
    'GET mine',
  ];
  const [busy, other] = clients;
  busy?.send(Buffer.concat(lines.map((line) => encodeCommand(...line.split(' ')))));
  await until('the server is busy with it', () => has('KEYS *'));
  t.equal(await other?.call('GET', 'mine'), '$-1\r\n', 'another lane is served meanwhile');
  t.same(
    ['MULTI', 'BLPOP none 0.01', 'SELECT 3', 'AUTH x'].filter((line) => has(line)),
    [],
    'what wants another connection waits for the lane',
  );
  letGo();
  const [keys, ...rest] = ((await busy?.replies(1)) ?? '').toString().split('\r\n');
  t.equal(keys, '*3', `KEYS found the keys of that time, not mine (${rest.length} lines)`);
  t.equal(
    (await busy?.replies(8))?.toString(),
    '+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n$1\r\n1\r\n*-1\r\n+OK\r\n-ERR Client sent AUTH, but no password is set\r\n$1\r\n1\r\n',
  );
});
