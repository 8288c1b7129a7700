import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { MIB, StreamClient } from '../../support/stream-client.js';
import { until } from '../../support/until.js';

const BYTES = 32 * MIB;

interface Scene {
  readonly server: RedisServer;
  readonly holdfast: HoldfastInProcess;
  readonly large: StreamClient;
  readonly other: RawClient;
}

async function setScene(t: Test): Promise<Scene> {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const large = await StreamClient.connect(holdfast.target.port);
  t.teardown(() => large.close());
  const other = await holdfast.client();
  t.teardown(() => other.close());
  t.equal(await other.call('SET', 'small', '1'), '+OK\r\n');
  return { server, holdfast, large, other };
}

/** Settles when a request of more than 1 MB stands half in the server. */
async function hasTheMost(server: RedisServer): Promise<void> {
  await until('the server has the most of it', async () => {
    return / qbuf=\d{7,} /.test(String(await server.send('CLIENT', 'LIST')));
  });
}

/** What is left of it all when those who were there go on. */
async function nothingIsLeft(t: Test, { holdfast, other }: Scene): Promise<void> {
  t.equal(await other.call('PING'), '+PONG\r\n', 'others go on on their connections');
  const { shard } = holdfast;
  await until('nothing waits', () => [...shard.clients.values()].every(({ keptBytes }) => keptBytes < MIB));
  t.ok(shard.upstreams('private') <= 1);
  t.notOk(shard.writesInFlight);
}

t.test('a server that dies in the middle of a large request: it did not run', async (t) => {
  const scene = await setScene(t);
  const { server, large } = scene;
  await large.send(['SET', 'large'], BYTES, BYTES / 2);
  await hasTheMost(server);
  await server.restart();
  t.match(await large.line(), /^-TRYAGAIN .* the command did not run$/);
  await large.sendRest(BYTES / 2, BYTES);
  await large.write('EXISTS large\r\n');
  t.equal(await large.line(), ':0');
  await nothingIsLeft(t, scene);
});

t.test('… of a large reply: the connection ends, as nothing could be understood any more', async (t) => {
  const scene = await setScene(t);
  const { server, large, holdfast } = scene;
  await large.send(['SET', 'large'], BYTES);
  t.equal(await large.line(), '+OK');
  await large.write('GET large\r\n');
  t.equal(await large.line(), `$${BYTES}`);
  await large.skip(MIB);
  await server.restart();
  await t.rejects(large.skip(BYTES), /ended|ECONNRESET/);
  await until('the client is gone', () => holdfast.shard.clients.size === 1);
  await nothingIsLeft(t, scene);
});

t.test('… behind a large request: it may have run', async (t) => {
  const scene = await setScene(t);
  const { server, large, holdfast } = scene;
  await large.send(['SET', 'large'], 3 * MIB, 2.5 * MIB);
  await hasTheMost(server);
  await server.freeze();
  await large.sendRest(2.5 * MIB, 3 * MIB);
  await until('all of it has been sent', () => holdfast.shard.writesInFlight);
  await server.restart();
  t.match(await large.line(), /^-OUTCOMEUNKNOWN /);
  await nothingIsLeft(t, scene);
});
