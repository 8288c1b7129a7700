import t, { type Test } from 'tap';
import { NO_PEAK_MEMORY, PeakMemory } from '../../support/peak-memory.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { digestOf, MIB, StreamClient } from '../../support/stream-client.js';
import { until } from '../../support/until.js';

const CLOSED = 'holdfast_clients_closed_total{reason="unread-output"}';

interface Scene {
  readonly server: RedisServer;
  readonly holdfast: ServeProcess;
  readonly memory: PeakMemory;
}

async function setScene(t: Test, flags: readonly string[] = []): Promise<Scene> {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id], flags });
  t.teardown(() => holdfast.dispose());
  return { server, holdfast, memory: new PeakMemory(holdfast.pid) };
}

/** A client that says something and never reads. */
async function deaf(t: Test, holdfast: ServeProcess, says: string | Buffer): Promise<RawClient> {
  const client = await holdfast.client();
  t.teardown(() => client.close());
  client.socket.pause();
  client.send(says);
  return client;
}

t.test('clients that never read cost a bounded amount, and nobody else', { skip: NO_PEAK_MEMORY }, async (t) => {
  t.test('replies wait in the server, and all of them come when they are read at last', async (t) => {
    const { holdfast, server, memory } = await setScene(t);
    const count = scaled(150, 1000);
    const late = await StreamClient.connect(holdfast.port);
    t.teardown(() => late.close());
    // A database of its own is a lane of its own: nobody stands behind it.
    await late.write('SELECT 1\r\n');
    await late.line();
    await late.send(['SET', 'mega'], MIB);
    t.equal(await late.line(), '+OK');
    memory.restart();
    await late.write(`INCR order\r\n${'GET mega\r\n'.repeat(count)}`);
    await until('the server keeps its replies', async () =>
      / omem=[1-9]/.test(String(await server.send('CLIENT', 'LIST'))),
    );
    await late.write('INCR order\r\n');
    const other = await RawClient.connect({ host: server.host, port: server.port });
    t.teardown(() => other.close());
    await other.call('SELECT', '1');
    await until('what can run has run', async () => (await other.call('GET', 'order')) === '$1\r\n2\r\n');
    const others = await holdfast.client();
    t.teardown(() => others.close());
    for (let round = 1; round <= 200; round++) {
      if ((await others.call('INCR', 'rounds')) !== `:${round}\r\n`) t.fail(`round ${round}`);
    }
    t.ok(memory.growth < 16 * MIB, `${Math.round(memory.growth / MIB)} MiB for ${count} MiB that nobody reads`);

    const digest = digestOf(MIB);
    t.equal(await late.line(), ':1');
    let right = 0;
    for (let at = 0; at < count; at++) if ((await late.bulk()).digest === digest) right++;
    t.equal(right, count);
    t.equal(await late.line(), ':2');
    t.ok(memory.growth < 16 * MIB, `${Math.round(memory.growth / MIB)} MiB in the end`);
    t.equal(await holdfast.metric(CLOSED), 0, 'nobody was disconnected');
  });

  t.test('messages wait in the server, under its own limit, while others get every one', async (t) => {
    const { holdfast, memory } = await setScene(t);
    await deaf(t, holdfast, 'SUBSCRIBE news\r\n');
    await deaf(t, holdfast, 'HELLO 3\r\nPSUBSCRIBE n*\r\n');
    const listener = await StreamClient.connect(holdfast.port);
    t.teardown(() => listener.close());
    await listener.write('SUBSCRIBE news\r\n');
    for (let line = 0; line < 6; line++) await listener.line();
    const publisher = await holdfast.client();
    t.teardown(() => publisher.close());
    await until('all listen', async () => {
      const numbers = await publisher.call('PUBSUB', 'NUMSUB', 'news');
      return numbers.endsWith(':2\r\n') && (await publisher.call('PUBSUB', 'NUMPAT')) === ':1\r\n';
    });
    memory.restart();
    const messages = 60;
    const text = 'x'.repeat(MIB);
    const publishing = (async () => {
      for (let at = 0; at < messages; at++) await publisher.call('PUBLISH', 'news', `${at}:${text}`);
    })();
    for (let at = 0; at < messages; at++) {
      for (let line = 0; line < 6; line++) await listener.line();
      const message = await listener.line();
      if (!message.startsWith(`${at}:`)) t.fail(`message ${at} is ${message.slice(0, 10)}`);
    }
    await publishing;
    t.ok(memory.growth < 64 * MIB, `${Math.round(memory.growth / MIB)} MiB for two who do not read`);
    // The server has let go of them.
    t.equal(await publisher.call('PUBLISH', 'news', 'last'), ':1\r\n');
  });

  t.test('what MONITOR tells waits in the server, and comes in order when it is read at last', async (t) => {
    const { holdfast, memory } = await setScene(t);
    const late = await StreamClient.connect(holdfast.port);
    t.teardown(() => late.close());
    await late.write('MONITOR\r\n');
    t.equal(await late.line(), '+OK');
    const other = await holdfast.client();
    t.teardown(() => other.close());
    memory.restart();
    // The server needs some 50 ms to write down 1 MB: it looks at each byte.
    const text = 'x'.repeat(MIB);
    const count = 24;
    for (let at = 0; at < count; at++) {
      if ((await other.call('PUBLISH', `news-${at}`, text)) !== ':0\r\n') t.fail(`message ${at}`);
    }
    t.ok(memory.growth < 20 * MIB, `${Math.round(memory.growth / MIB)} MiB for one who does not read`);
    let told = 0;
    while (told < count) {
      const line = await late.line();
      if (!line.includes('"PUBLISH"')) continue;
      if (!line.endsWith(`"news-${told}" "${text}"`)) t.fail(`line ${told} is ${line.slice(0, 80)}`);
      told++;
    }
  });

  const small = ['--client-output-limit=16777216'];

  t.test(
    'those who stand behind it on the lane get their replies, whatever it costs the one who does not read',
    async (t) => {
      const { holdfast, server, memory } = await setScene(t, small);
      const other = await holdfast.client();
      t.teardown(() => other.close());
      await other.call('SET', 'mega', 'x'.repeat(MIB));
      memory.restart();
      // While the server stands still, one request gets behind the others.
      const sleeper = await RawClient.connect({ host: server.host, port: server.port });
      t.teardown(() => sleeper.close());
      sleeper.send(encodeCommand('DEBUG', 'SLEEP', '0.3'));
      const asked = await holdfast.metric('holdfast_commands_total{class="read"}');
      const slow = await deaf(t, holdfast, 'GET mega\r\n'.repeat(100));
      await until('it has asked', async () => {
        return (await holdfast.metric('holdfast_commands_total{class="read"}')) === asked + 100;
      });
      t.equal(await other.call('INCR', 'behind'), ':1\r\n', 'answered');
      t.equal(await holdfast.metric(CLOSED), 1);
      t.ok(memory.growth < 64 * MIB, `${Math.round(memory.growth / MIB)} MiB`);
      slow.socket.resume();
      await slow.ended();
      t.equal(await other.call('INCR', 'behind'), ':2\r\n');
    },
  );
});
