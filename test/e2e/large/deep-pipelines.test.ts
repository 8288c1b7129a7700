import t from 'tap';
import { NO_PEAK_MEMORY, PeakMemory } from '../../support/peak-memory.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { MIB, StreamClient } from '../../support/stream-client.js';
import { until } from '../../support/until.js';

t.test('nobody stands behind a deep pipeline', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id] });
  t.teardown(() => holdfast.dispose());
  const [deep, other] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [deep, other].forEach((client) => client.close()));
  t.equal(await other.call('SET', 'key', 'value'), '+OK\r\n');
  const count = 50_000;
  const replies = '+PONG\r\n'.length * count;
  for (let round = 0; round < 3; round++) {
    deep.send('PING\r\n'.repeat(count));
    await until('it is under way', () => deep.received.length > 0);
    t.equal(await other.call('GET', 'key'), '$5\r\nvalue\r\n');
    t.ok(deep.received.length < replies, 'others are served between');
    await deep.replies(count);
  }
});

t.test('a flood of PINGs in one go is answered by as many PONGs', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id] });
  t.teardown(() => holdfast.dispose());
  const client = await StreamClient.connect(holdfast.port);
  t.teardown(() => client.close());
  const count = scaled(100_000, 1_000_000);
  const written = client.write('PING\r\n'.repeat(count) + 'ECHO end\r\n');
  let wrong = 0;
  for (let at = 0; at < count; at++) if ((await client.line()) !== '+PONG') wrong++;
  await written;
  t.equal(wrong, 0);
  t.equal(await client.line(), '$3');
  t.equal(await client.line(), 'end');
});

t.test('100,000 commands in one write are answered in order, and cost little', { skip: NO_PEAK_MEMORY }, async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id] });
  t.teardown(() => holdfast.dispose());
  const client = await StreamClient.connect(holdfast.port);
  t.teardown(() => client.close());
  const other = await holdfast.client();
  t.teardown(() => other.close());
  const count = scaled(100_000, 1_000_000);
  const rounds = count / 4;
  let requests = '';
  for (let at = 1; at <= rounds; at++) requests += `INCR n\r\nSET k v${at}\r\nGET k\r\nPING ${at}\r\n`;
  const memory = new PeakMemory(holdfast.pid);
  const written = client.write(requests);
  let wrong = 0;
  for (let at = 1; at <= rounds; at++) {
    const value = `v${at}`;
    const wanted = `:${at}\r\n+OK\r\n$${value.length}\r\n${value}\r\n$${String(at).length}\r\n${at}`.split('\r\n');
    for (const line of wanted) if ((await client.line()) !== line) wrong++;
    if (at % 5000 === 0 && (await other.call('PING')) !== '+PONG\r\n') wrong++;
  }
  await written;
  t.equal(wrong, 0, `${count} replies, each in its place`);
  t.ok(memory.growth < 64 * MIB, `${Math.round(memory.growth / MIB)} MiB more than before`);
});
