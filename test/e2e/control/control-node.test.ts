import t from 'tap';
import { ControlNode } from '../../../src/control/control-node.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

/** Longer than anything takes here: what runs into it has failed. */
const PATIENCE_MS = 10_000;

/** A replication PING would move the offset by 14 bytes in the middle of a test. */
const NO_PINGS = { 'repl-ping-replica-period': '3600' };

void t.test('a loaded shard is moved node by node, with partial resyncs and nothing lost', async (t) => {
  const shard = await startShard({ replicas: 2, config: NO_PINGS });
  const nodes = new Map(shard.ids.map((id) => [id, new ControlNode(id)]));
  t.teardown(() => shard.dispose());
  t.teardown(() => nodes.forEach((node) => node.close()));
  const node = (id: string): ControlNode => {
    const found = nodes.get(id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  };
  await Promise.all([...nodes.values()].map((each) => each.connect(PATIENCE_MS)));

  let master = shard.master;
  for (const next of [...shard.replicas, shard.master]) {
    const load = await WriteLoad.start(master, 4);
    await load.acknowledged(200);
    const fullBefore = (await node(next.id).syncCounters(PATIENCE_MS)).full;

    const target = await node(master.id).fence(PATIENCE_MS, PATIENCE_MS);
    while ((await node(next.id).appliedOffset(PATIENCE_MS)) < target);
    await node(next.id).promote(PATIENCE_MS);
    await node(master.id).demote(next.id, PATIENCE_MS);
    for (const other of shard.servers) {
      if (other !== master && other !== next) await node(other.id).follow(next.id, PATIENCE_MS);
    }

    const ends = await load.ended();
    t.ok(
      ends.every((end) => end.startsWith('-READONLY')),
      'held writers are answered READONLY',
      { ends },
    );
    await shard.inSync(next);
    for (const [key, acknowledged] of load.counters()) {
      t.equal(await next.send('GET', key), String(acknowledged), `${key} has what was acknowledged, and no more`);
    }
    const counters = await node(next.id).syncCounters(PATIENCE_MS);
    t.same({ full: counters.full - fullBefore }, { full: 0 }, 'no full resync');
    const facts = await node(next.id).facts(PATIENCE_MS);
    t.equal(facts.role, 'master');
    t.equal(facts.replicas.length, 2);
    master = next;
  }
});

void t.test('the fence holds a writer that bypasses the proxy until it is lifted', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const node = new ControlNode(server.id);
  t.teardown(() => node.close());
  await node.connect(PATIENCE_MS);
  const writer = await RawClient.connect(server);
  t.teardown(() => writer.close());

  const target = await node.fence(PATIENCE_MS, PATIENCE_MS);
  writer.send('SET key value\r\n');
  await until('the write is blocked', async () => (await server.info('clients')).get('blocked_clients') === '1');
  t.equal(await node.masterOffset(PATIENCE_MS), target, 'nothing was written behind T');
  await node.extendFence(1, PATIENCE_MS);
  t.equal((await server.info('clients')).get('blocked_clients'), '1', 'a shorter pause does not end a longer one');
  t.equal(writer.received.length, 0);
  await node.unfence(PATIENCE_MS);
  t.equal((await writer.replies(1)).toString(), '+OK\r\n');
});

void t.test('facts tell all that preflight asks', async (t) => {
  const shard = await startShard({ replicas: 1, each: [{}, { priority: 7 }] });
  const [master, replica] = shard.servers.map((server) => new ControlNode(server.id));
  t.teardown(() => shard.dispose());
  t.teardown(() => [master, replica].forEach((node) => node?.close()));

  t.match(await master?.facts(PATIENCE_MS), {
    node: shard.ids[0],
    engine: /redis|valkey/,
    version: /^\d+\.\d+\.\d+$/,
    runId: /^[0-9a-f]{40}$/,
    role: 'master',
    loading: false,
    priority: 100,
    clusterEnabled: false,
    watchedBySentinel: false,
    canPause: true,
    replicas: [{ node: shard.ids[1], offset: Number }],
    roundTripMs: Number,
  });
  t.match(await replica?.facts(PATIENCE_MS), {
    role: 'replica',
    priority: 7,
    follows: { node: shard.ids[0], linkUp: true, syncing: false },
  });
  t.match(await replica?.role(PATIENCE_MS), {
    role: 'replica',
    offset: Number,
    follows: { node: shard.ids[0], linkUp: true, syncing: false },
  });

  const sentinel = await RawClient.connect(shard.master);
  t.teardown(() => sentinel.close());
  await sentinel.call('SUBSCRIBE', '__sentinel__:hello');
  t.equal((await master?.facts(PATIENCE_MS))?.watchedBySentinel, true);
});

void t.test('offsets are given only in the role they are asked for', async (t) => {
  const shard = await startShard({ replicas: 1 });
  const [master, replica] = shard.servers.map((server) => new ControlNode(server.id));
  t.teardown(() => shard.dispose());
  t.teardown(() => [master, replica].forEach((node) => node?.close()));
  if (master === undefined || replica === undefined) throw new Error('a shard of two has two nodes');
  await Promise.all([master.connect(PATIENCE_MS), replica.connect(PATIENCE_MS)]);
  await t.rejects(master.appliedOffset(PATIENCE_MS), { name: 'NodeError', message: /it is a master, not a replica/ });
  await t.rejects(replica.masterOffset(PATIENCE_MS), { name: 'NodeError', message: /it is a replica, not a master/ });
});

void t.test('the commands of the stall do not dial', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const node = new ControlNode(server.id);
  t.teardown(() => node.close());
  const unsent = { name: 'NodeError', kind: 'unsent' };
  await t.rejects(node.fence(10, PATIENCE_MS), unsent);
  await t.rejects(node.masterOffset(PATIENCE_MS), unsent);
  await t.rejects(node.appliedOffset(PATIENCE_MS), unsent);
  await t.rejects(node.promote(PATIENCE_MS), unsent);
  t.match(await node.role(PATIENCE_MS), { role: 'master' }, 'the others do');
});
