import t, { type Test } from 'tap';
import { NO_PEAK_MEMORY, PeakMemory } from '../../support/peak-memory.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { startStage, type Stage } from '../../support/stage.js';
import { digestOf, MIB, StreamClient } from '../../support/stream-client.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const ROUNDS = scaled(6, 50);
const BYTES = 4 * MIB;
const HALF = BYTES / 2;
const DID_NOT_RUN =
  '-TRYAGAIN Only a part of the request had come when the master moved or its link broke; the command did not run';

async function connect(t: Test, port: number): Promise<StreamClient> {
  const client = await StreamClient.connect(port);
  t.teardown(() => client.close());
  return client;
}

/** Settles when the master has the most of `count` half requests. */
async function sentHalf(stage: Stage, clients: readonly StreamClient[], count = clients.length): Promise<void> {
  const master = stage.shard.server((await stage.holdfast.fields('STATUS')).text('master'));
  await Promise.all(clients.map((client) => client.send(['SET', 'half'], BYTES, HALF)));
  await until('the master has all of them', async () => {
    const waiting = [...String(await master.send('CLIENT', 'LIST')).matchAll(/ qbuf=(\d+)/g)];
    return waiting.filter(([, bytes]) => Number(bytes) > HALF / 2).length === count;
  });
}

t.test('a large request whose rest does not come holds up no switchover', { skip: NO_PEAK_MEMORY }, async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { holdfast } = stage;
  const clients = await Promise.all([1, 2, 3].map(() => connect(t, holdfast.port)));
  const silent = await connect(t, holdfast.port);
  const memory = new PeakMemory(holdfast.pid);
  const wrong: string[] = [];
  const expect = async (client: StreamClient, ...lines: readonly string[]): Promise<void> => {
    for (const wanted of lines) {
      const found = await client.line();
      if (found !== wanted) wrong.push(`${found} instead of ${wanted}`);
    }
  };
  const finish = async (client: StreamClient, round: number): Promise<void> => {
    await expect(client, DID_NOT_RUN);
    await client.sendRest(HALF, BYTES);
    await client.write('GET half\r\nINCR n\r\n');
    await expect(client, '$-1');
    const count = Number((await client.line()).slice(1));
    if (count <= (round - 1) * clients.length || count > round * clients.length) wrong.push(`${count} in ${round}`);
  };
  await silent.send(['SET', 'half'], BYTES, HALF);
  await switchRounds(t, stage, ROUNDS, async (round) => {
    if (round > 0) await Promise.all(clients.map((client) => finish(client, round)));
    await sentHalf(stage, clients, round === 0 ? clients.length + 1 : clients.length);
  });
  await Promise.all(clients.map((client) => finish(client, ROUNDS)));
  await finish(silent, ROUNDS + 1);
  t.same(wrong.slice(0, 3), []);
  t.ok(memory.growth < 48 * MIB, `${Math.round(memory.growth / MIB)} MiB`);
  t.equal(await holdfast.metric('holdfast_client_errors_total{code="half-sent"}'), ROUNDS * clients.length + 1);
});

t.test('what else the client has on its connection goes along', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { port } = stage.holdfast;
  const [queueing, mute, caching, asking] = await Promise.all([1, 2, 3, 4].map(() => connect(t, port)));
  if (queueing === undefined || mute === undefined || caching === undefined || asking === undefined) return;
  await queueing.write('MULTI\r\nINCR queued\r\n');
  await mute.write('CLIENT REPLY OFF\r\nINCR mute\r\n');
  await caching.write('HELLO 3\r\nCLIENT TRACKING ON\r\nGET cached\r\n');
  while ((await caching.line()) !== '$7' || (await caching.line()) !== 'modules');
  await caching.line();
  await asking.write('INCR asked\r\n');
  t.equal(await caching.line(), '+OK');
  t.equal(await caching.line(), '_');
  await asking.line();
  await queueing.line();
  t.equal(await queueing.line(), '+QUEUED');
  await asking.send(['EXISTS'], BYTES, HALF);
  await sentHalf(stage, [queueing, mute, caching], 4);
  await switchRounds(t, stage, 1, () => Promise.resolve());
  for (const client of [queueing, mute, caching, asking]) await client.sendRest(HALF, BYTES);

  await queueing.write('EXEC\r\nINCR queued\r\n');
  t.equal(await queueing.line(), DID_NOT_RUN);
  t.match(await queueing.line(), /^-EXECABORT/);
  t.equal(await queueing.line(), ':1');
  await mute.write('INCR mute\r\nCLIENT REPLY ON\r\nINCR mute\r\n');
  t.equal(await mute.line(), '+OK', 'nothing is said to it');
  t.equal(await mute.line(), ':3');
  await asking.write('INCR asked\r\n');
  t.equal(await asking.line(), DID_NOT_RUN, 'a question is not asked of a node that is not the master any more');
  t.equal(await asking.line(), ':2');
  const lines = new Set<string>();
  await caching.write('PING\r\n');
  while (!lines.has('+PONG')) lines.add(await caching.line());
  t.ok(lines.has(DID_NOT_RUN));
  await caching.write('GET cached\r\n');
  for (let line = await caching.line(); line !== '_'; line = await caching.line());
  t.equal(await stage.client.call('SET', 'cached', '1'), '+OK\r\n');
  for (let line = await caching.line(); line !== 'cached'; line = await caching.line());
  t.equal(await stage.client.call('EXISTS', 'half'), ':0\r\n');
});

t.test('when the switchover is aborted, the request goes on', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const { traffic, shard, target } = holdfast;
  for (let round = 0; round < 5; round++) {
    const client = await connect(t, target.port);
    await client.send(['SET', `large-${round}`], BYTES, HALF);
    await until('some of it is there', () => [...shard.clients.values()].some(({ link }) => link !== null));
    traffic.hold();
    await traffic.drained(AbortSignal.timeout(5000));
    const rest = client.sendRest(HALF, BYTES);
    await until('it is held, or has run', async () => {
      const isHeld = [...shard.clients.values()].some(({ waitsFor }) => waitsFor === 'held');
      return isHeld || (await server.send('EXISTS', `large-${round}`)) === 1;
    });
    t.equal(await server.send('EXISTS', `large-${round}`), 0, 'nothing runs while the master is moved');
    traffic.release();
    await rest;
    t.equal(await client.line(), '+OK');
    await client.write(`GET large-${round}\r\n`);
    t.strictSame(await client.bulk(), { bytes: BYTES, digest: digestOf(BYTES) });
    client.close();
    await until('it is gone', () => shard.clients.size === 0);
  }
});
