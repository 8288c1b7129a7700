import t, { type Test } from 'tap';
import { NO_PEAK_MEMORY, PeakMemory } from '../../support/peak-memory.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { digestOf, MIB, StreamClient } from '../../support/stream-client.js';

/** What a value may cost the proxy, however large it is. */
const MOST_BYTES = 16 * MIB;

const bytes = scaled(96, 512) * MIB;
const digest = digestOf(bytes);
const third = Math.floor(bytes / 3);

function atMost(t: Test, memory: PeakMemory, what: string): void {
  t.ok(memory.growth < MOST_BYTES, `${what}: ${Math.round(memory.growth / MIB)} MiB more than before`);
}

t.test('values of any size cost the proxy next to nothing', { skip: NO_PEAK_MEMORY }, async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id] });
  t.teardown(() => holdfast.dispose());
  const memory = new PeakMemory(holdfast.pid);
  const connectTo = async (): Promise<StreamClient> => {
    const client = await StreamClient.connect(holdfast.port);
    t.teardown(() => client.close());
    return client;
  };

  t.test('in one request and one reply, among others of the same pipeline', async (t) => {
    const client = await connectTo();
    memory.restart();
    await client.write('INCR n\r\nSET small 1\r\n');
    await client.send(['SET', 'large'], bytes);
    await client.write('INCR n\r\nSTRLEN large\r\n');
    t.strictSame(await lines(client, 5), [':1', '+OK', '+OK', ':2', `:${bytes}`]);
    await client.write('INCR n\r\nGET large\r\nINCR n\r\n');
    t.equal(await client.line(), ':3');
    t.strictSame(await client.bulk(), { bytes, digest });
    t.equal(await client.line(), ':4');
    atMost(t, memory, 'RESP2');
  });

  t.test('in RESP3', async (t) => {
    const client = await connectTo();
    await client.write('HELLO 3\r\n');
    while ((await client.line()) !== '$7' || (await client.line()) !== 'modules');
    await client.line();
    memory.restart();
    await client.send(['SET', 'large'], bytes);
    await client.write('GET large\r\nGET none\r\n');
    t.equal(await client.line(), '+OK');
    t.strictSame(await client.bulk(), { bytes, digest });
    t.equal(await client.line(), '_');
    atMost(t, memory, 'RESP3');
  });

  t.test('put together, and taken apart', async (t) => {
    const client = await connectTo();
    memory.restart();
    await client.write('DEL parts\r\n');
    await client.send(['APPEND', 'parts'], bytes / 2);
    await client.send(['APPEND', 'parts'], bytes / 2);
    t.strictSame(await lines(client, 3), [':0', `:${bytes / 2}`, `:${bytes}`]);
    await client.write(`GETRANGE parts 0 ${bytes / 2 - 1}\r\nGETRANGE parts ${bytes / 2} -1\r\nDEL parts\r\n`);
    t.strictSame(await client.bulk(), { bytes: bytes / 2, digest: digestOf(bytes / 2) });
    t.strictSame(await client.bulk(), { bytes: bytes / 2, digest: digestOf(bytes / 2) });
    t.equal(await client.line(), ':1');
    atMost(t, memory, 'APPEND and GETRANGE');
  });

  t.test('in a transaction', async (t) => {
    const client = await connectTo();
    memory.restart();
    await client.write('MULTI\r\nINCR n\r\n');
    await client.send(['SET', 'large'], bytes);
    await client.write('STRLEN large\r\nGET large\r\nEXEC\r\nPING\r\n');
    t.strictSame(await lines(client, 5), ['+OK', '+QUEUED', '+QUEUED', '+QUEUED', '+QUEUED']);
    t.strictSame(await lines(client, 4), ['*4', ':5', '+OK', `:${bytes}`]);
    t.strictSame(await client.bulk(), { bytes, digest });
    t.equal(await client.line(), '+PONG');
    atMost(t, memory, 'MULTI and EXEC');
  });

  t.test('several at once, while others go on', async (t) => {
    const clients = await Promise.all([connectTo(), connectTo(), connectTo()]);
    const other = await connectTo();
    let isOver = false;
    const counting = (async () => {
      for (let count = 1; ; count++) {
        await other.write('INCR others\r\nGET none\r\n');
        if ((await other.line()) !== `:${count}` || (await other.line()) !== '$-1') return 'a wrong reply';
        if (isOver) return count;
      }
    })();
    memory.restart();
    const all = clients.map(async (client, at) => {
      await client.send(['SET', `large-${at}`], third);
      await client.write(`GET large-${at}\r\n`);
      return [await client.line(), (await client.bulk()).digest];
    });
    const wanted = ['+OK', digestOf(third)];
    t.strictSame(await Promise.all(all), [wanted, wanted, wanted]);
    isOver = true;
    t.ok(Number(await counting) > 10, `${await counting} rounds of another client went on meanwhile`);
    atMost(t, memory, 'three at once');
  });
});

async function lines(client: StreamClient, count: number): Promise<readonly string[]> {
  const found: string[] = [];
  while (found.length < count) found.push(await client.line());
  return found;
}
