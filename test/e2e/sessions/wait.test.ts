import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { follow, startShard, type Shard } from '../../support/shard.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const ROUNDS = scaled(25, 50);

t.test('WAIT is true over fifty switchovers: what it counted is on the other node', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const clients = await Promise.all(Array.from({ length: 3 }, () => stage.holdfast.client()));
  const wrong: string[] = [];
  let waited = 0;
  let stopped = false;
  const write = async (client: RawClient, at: number): Promise<void> => {
    const nodes = await Promise.all(stage.shard.servers.map(({ host, port }) => RawClient.connect({ host, port })));
    for (let value = 1; !stopped; value++) {
      const written = await client.call('SET', `key${at}`, String(value));
      const counted = await client.call('WAIT', '1', '0');
      if (written !== '+OK\r\n' || counted !== ':1\r\n') wrong.push(`${written} ${counted}`);
      waited++;
      // Each node that is there has it: one of them is the master, and the other has acknowledged it.
      const found = await Promise.all(nodes.map((node) => node.call('GET', `key${at}`)));
      if (found.some((each) => each !== `$${String(value).length}\r\n${value}\r\n`))
        wrong.push(`${value}: ${found.join(' ')}`);
    }
    for (const node of nodes) node.close();
  };
  const writing = Promise.all(clients.map(write));
  await switchRounds(t, stage, ROUNDS, async (round) => {
    await until('somebody waited', () => waited >= round * 3);
  });
  stopped = true;
  await writing;
  t.same(wrong, [], `${waited} times`);
});

interface Scene {
  readonly shard: Shard;
  readonly holdfast: HoldfastInProcess;
  readonly client: RawClient;
  readonly first: RedisServer;
  readonly second: RedisServer;
}

async function scene(t: Test, replicas: number, config: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const shard = await startShard({ replicas, config });
  t.teardown(() => shard.dispose());
  const holdfast = await HoldfastInProcess.start(shard.master.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  return { shard, holdfast, client, first: shard.master, second: shard.replicas[0] ?? shard.master };
}

async function attached(server: RedisServer, count: number): Promise<void> {
  await until(`${count} replicas follow ${server.id}`, async () => {
    return Number((await server.info('replication')).get('connected_slaves')) === count;
  });
}

async function online(replica: RedisServer): Promise<void> {
  await until(`the link of ${replica.id} is up`, async () => {
    return (await replica.info('replication')).get('master_link_status') === 'up';
  });
}

t.test('a stopped replica has acknowledged nothing, also of what went over a lane', async (t) => {
  const { client, second } = await scene(t, 1);
  await client.call('SET', 'key', '1');
  t.equal(await client.call('WAIT', '1', '0'), ':1\r\n');
  await second.freeze();
  t.teardown(() => second.resume());
  await client.call('SET', 'key', '2');
  t.equal(await client.call('WAIT', '1', '50'), ':0\r\n');
  client.send('MULTI\r\nSET key 3\r\nWAIT 1 0\r\nEXEC\r\n');
  t.match((await client.replies(4)).toString(), /\*2\r\n\+OK\r\n:\d\r\n$/, 'in MULTI it does not wait');
  second.resume();
  t.equal(await client.call('WAIT', '1', '0'), ':1\r\n');
});

t.test(
  'a write before the move, WAIT after it: the old master counts as a replica when it has the write',
  async (t) => {
    const { client, holdfast, first, second } = await scene(t, 1);
    await client.call('SET', 'key', '1');
    await holdfast.move(first, second);
    await attached(second, 1);
    t.equal(await client.call('WAIT', '1', '0'), ':1\r\n');
    await first.freeze();
    t.teardown(() => first.resume());
    await client.call('SET', 'key', '2');
    t.equal(await client.call('WAIT', '1', '50'), ':0\r\n', 'now it is the one that is stopped');
    first.resume();
  },
);

t.test('a WAIT that moves along counts nobody who lags behind the new master', async (t) => {
  const { shard, client, holdfast, first, second } = await scene(t, 2);
  const third = shard.replicas[1] ?? first;
  // In a chain: the third node is a replica of the second one, before and after the move.
  await follow(third, second);
  await attached(first, 1);
  await online(third);
  await client.call('SET', 'key', '1');
  client.send('WAIT 2 0\r\n');
  await until('WAIT waits', async () => Number((await first.info('clients')).get('blocked_clients')) === 1);
  const other = await holdfast.client();
  const released = async (): Promise<void> => {
    await attached(second, 1);
    await other.call('SET', 'other', '1');
    t.equal(await other.call('WAIT', '1', '0'), ':1\r\n');
    await third.freeze();
    t.teardown(() => third.resume());
    await other.call('SET', 'other', '2');
  };
  await holdfast.move(first, second, undefined, released);
  await attached(second, 2);
  await until('WAIT waits there', async () => Number((await second.info('clients')).get('blocked_clients')) === 1);
  t.equal(await other.call('WAIT', '1', '0'), ':1\r\n', 'the old master acknowledges');
  t.equal(client.received.length, 0, 'the one that is stopped is not counted');
  third.resume();
  t.equal((await client.replies(1)).toString(), ':2\r\n');
  other.close();
});

t.test('WAITAOF', async (t) => {
  const { client, holdfast, first, second } = await scene(t, 1, { appendonly: 'yes' });
  const known = JSON.stringify(await first.send('COMMAND', 'INFO', 'WAITAOF')) !== '[null]';
  const skip = known ? false : 'this server has no WAITAOF, which came with Redis 7.2';
  t.test('counts the disks of both nodes, before and after a move', { skip }, async (t) => {
    await client.call('SET', 'key', '1');
    t.equal(await client.call('WAITAOF', '1', '1', '0'), '*2\r\n:1\r\n:1\r\n');
    await client.call('SET', 'key', '2');
    await holdfast.move(first, second);
    t.equal(await client.call('WAITAOF', '1', '1', '0'), '*2\r\n:1\r\n:1\r\n');
  });
});
