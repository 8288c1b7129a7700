import t, { type Test } from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { startAnnouncedCluster } from './support/announced-cluster.js';

const { cluster, proxies, holdfasts, move } = await startAnnouncedCluster(t);

/** The addresses of nodes must not be found in anything that a client is told. */
function leaks(text: string): readonly string[] {
  return cluster.servers.flatMap(({ id, port }) => (times(text, port) > 0 ? [id] : []));
}

function times(text: string, port: number): number {
  return text.match(new RegExp(`:${port}(?!\\d)`, 'g'))?.length ?? 0;
}

/** Settles when the servers would tell of the first shard's replica: only when it is known to have data. */
async function tellsOfReplicas(client: RawClient): Promise<void> {
  t.equal(await client.call('SET', '{b}data', '1'), '+OK\r\n');
  const [one, other] = cluster.first.servers;
  await until('the replica is told of', async () => {
    const slots = JSON.stringify(await one?.send('CLUSTER', 'SLOTS'));
    return slots.includes(String(one?.port)) && slots.includes(String(other?.port));
  });
}

async function client(t: Test): Promise<RawClient> {
  const [holdfast] = holdfasts;
  if (holdfast === undefined) throw new Error('no Holdfast');
  const found = await holdfast.client();
  t.teardown(() => found.close());
  return found;
}

void t.test('a cluster client is told of the proxies, before and after a switch', async (t) => {
  for (const round of ['before', 'after']) {
    await tellsOfReplicas(await client(t));
    for (const resp of ['2', '3']) {
      const raw = await client(t);
      await raw.call('HELLO', resp);
      const told = [
        await raw.call('CLUSTER', 'SLOTS'),
        await raw.call('CLUSTER', 'SHARDS'),
        await raw.call('CLUSTER', 'NODES'),
      ];
      for (const text of told) {
        t.same(leaks(text), [], round);
        for (const proxy of proxies) t.equal(times(text, Number(proxy.split(':')[1])), 1, 'each proxy once');
      }
      const myId = /\$40\r\n(\w+)/.exec(await raw.call('CLUSTER', 'MYID'))?.[1] ?? '';
      for (const text of told) t.ok(text.includes(myId), 'the id is that of the master');
      t.equal(await raw.call('CLUSTER', 'REPLICAS', myId), '*0\r\n');
      t.match(await raw.call('CLUSTER', 'REPLICAS', 'nobody'), /^-ERR Unknown node nobody/);
      t.match(await raw.call('CLUSTER', 'SLOTS', 'x'), /^-ERR wrong number of arguments/);

      const moved = `-MOVED 15495 ${proxies[2]}\r\n`;
      t.equal(await raw.call('GET', '{a}k'), moved);
      raw.send(Buffer.concat(['{b}k', '{a}k', '{b}k', '{a}k'].map((key) => encodeCommand('EXISTS', key))));
      t.equal(String(await raw.replies(4)), `:0\r\n${moved}:0\r\n${moved}`);
      t.equal(await raw.call('SSUBSCRIBE', '{a}a', '{a}b'), moved);
      await raw.call('MULTI');
      t.equal(await raw.call('CLUSTER', 'SLOTS'), '+QUEUED\r\n');
      t.same(leaks(await raw.call('EXEC')), [], 'inside EXEC');
      await raw.call('MULTI');
      t.equal(await raw.call('GET', '{a}k'), moved);
      t.match(await raw.call('EXEC'), /^-EXECABORT /);
    }
    if (round === 'before') await move(t);
  }
});

void t.test('who is sent on by ASK stays on the proxies, too', async (t) => {
  const last = cluster.shards[2]?.master;
  const id = (await holdfasts[0]?.fields('STATUS'))?.text('master');
  const master = cluster.servers.find((server) => server.id === id);
  if (master === undefined || last === undefined) return;
  const raw = await client(t);
  const slot = String(await master.send('CLUSTER', 'KEYSLOT', '{b}'));
  await master.send('CLUSTER', 'SETSLOT', slot, 'MIGRATING', cluster.idOf(last));
  t.equal(await raw.call('GET', '{b}nope'), `-ASK ${slot} ${proxies[2]}\r\n`);
  await master.send('CLUSTER', 'SETSLOT', slot, 'STABLE');
});
