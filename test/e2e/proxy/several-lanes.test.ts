import t, { type Test } from 'tap';
import { HoldfastInProcess, type InProcessOptions } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

const LANES = 4;
const USERS = ['app on >secret ~* &* +@all'];

async function start(t: Test, options: InProcessOptions = {}) {
  const shard = await startShard({ replicas: 1, users: USERS });
  t.teardown(() => shard.dispose());
  const holdfast = await HoldfastInProcess.start(shard.master.id, { lanes: LANES, ...options });
  t.teardown(() => holdfast.stop());
  const lanes = (): number => holdfast.shard.upstreams('lane');
  /** How many clients each lane has, in order. */
  const spread = (): readonly number[] => {
    const counts = new Map<object | null, number>();
    for (const { lane } of holdfast.shard.clients.values()) counts.set(lane, (counts.get(lane) ?? 0) + 1);
    return [...counts.values()].toSorted((a, b) => a - b);
  };
  const users = async (count: number): Promise<readonly RawClient[]> => {
    const clients = await Promise.all(Array.from({ length: count }, () => holdfast.client()));
    t.teardown(() => clients.forEach((client) => client.close()));
    await Promise.all(clients.map((client) => client.call('AUTH', 'app', 'secret')));
    t.same(
      new Set(await Promise.all(clients.map((client) => client.call('ACL', 'WHOAMI')))),
      new Set(['$3\r\napp\r\n']),
    );
    return clients;
  };
  return { shard, holdfast, lanes, spread, users };
}

/** Lanes of Holdfast itself, which speaks as the default user. */
const OWN = 1;

await t.test('clients that come at once are spread evenly, and so are those who come later', async (t) => {
  const { users, spread, lanes } = await start(t);
  const clients = await users(2 * LANES);
  t.same(spread(), [2, 2, 2, 2]);
  t.equal(lanes(), LANES + OWN);
  for (const client of clients.slice(0, 3)) client.close();
  await until('they are gone', () => spread().reduce((sum, count) => sum + count) === 5);
  await users(3);
  t.same(spread(), [2, 2, 2, 2]);
});

await t.test('the candidate has every lane before the gate closes; none is left when it is not used', async (t) => {
  const { users, lanes, shard, holdfast, spread } = await start(t);
  const clients = await users(LANES);
  const [candidate] = shard.replicas;
  if (candidate === undefined) return;
  t.equal(await holdfast.traffic.prepare(candidate.id, 5000), LANES + OWN);
  t.equal(lanes(), 2 * (LANES + OWN));
  holdfast.traffic.discardPrepared();
  await until('they have ended', () => lanes() === LANES + OWN);
  await holdfast.move(shard.master, candidate);
  await until('the former ones have ended', () => lanes() === LANES + OWN);
  t.same(new Set(await Promise.all(clients.map((client) => client.call('SET', 'a', '1')))), new Set(['+OK\r\n']));
  t.same(spread(), [1, 1, 1, 1]);
  t.equal(lanes(), LANES + OWN, 'nobody needed another one');
});

await t.test('lanes that nobody speaks over end', async (t) => {
  const { users, lanes } = await start(t, { laneIdleMs: 20 });
  const [stays] = await users(1);
  for (const client of await users(LANES)) client.close();
  await until('two are left: one of the user, and Holdfast’s own', () => lanes() === 1 + OWN);
  t.equal(await stays?.call('ACL', 'WHOAMI'), '$3\r\napp\r\n');
});

await t.test('a user who is gone loses the connections of all lanes', async (t) => {
  const { users, shard, holdfast } = await start(t);
  await users(2 * LANES);
  await shard.master.send('ACL', 'DELUSER', 'app');
  await until('they have ended', () => holdfast.shard.clients.size === 0);
});
