import { EventEmitter, once } from 'node:events';
import t from 'tap';
import { ControlNode } from '../../../src/control/control-node.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';

const PATIENT_MS = 10_000;

await t.test('a master and a replica, as Kvrocks states them', async (t) => {
  const shard = await startKvrocksShard(1);
  const [master, replica] = shard.ids.map((id) => new ControlNode(id));
  if (master === undefined || replica === undefined) throw new Error('two nodes');
  t.teardown(async () => {
    for (const node of [master, replica]) node.close();
    await shard.dispose();
  });
  const facts = await master.facts(PATIENT_MS);
  t.equal(facts.engine, 'kvrocks');
  t.equal(facts.role, 'master');
  t.equal(facts.canPause, true);
  t.equal(facts.clusterEnabled, false);
  t.same(
    facts.replicas.map(({ node }) => node),
    [replica.id],
  );
  const following = await replica.facts(PATIENT_MS);
  t.equal(following.role, 'replica');
  t.equal(following.priority, 100);
  t.match(following.follows, { node: master.id, linkUp: true, syncing: false });
});

await t.test('whether CLIENT PAUSE is there is asked, not concluded from the version', async (t) => {
  for (const hasPause of [true, false]) {
    const shard = await startKvrocksShard(0, { hasPause, version: 'unstable' });
    const node = new ControlNode(shard.ids[0] ?? '');
    t.equal((await node.facts(PATIENT_MS)).canPause, hasPause);
    node.close();
    await shard.dispose();
  }
});

await t.test('a node that restores a full synchronisation is not asked ROLE, which would end it', async (t) => {
  const shard = await startKvrocksShard(1);
  const [, double] = shard.nodes;
  if (double === undefined) throw new Error('two nodes');
  const node = new ControlNode(double.id);
  t.teardown(async () => {
    node.close();
    await shard.dispose();
  });
  await node.connect(PATIENT_MS);
  double.restoring = true;
  await t.rejects(node.facts(PATIENT_MS), { kind: 'refused', code: 'LOADING' });
  await t.rejects(node.role(PATIENT_MS), { kind: 'refused', code: 'LOADING' });
  await t.rejects(node.appliedOffset(PATIENT_MS), { kind: 'refused', code: 'LOADING' });
  double.restoring = false;
  t.equal((await node.role(PATIENT_MS)).role, 'replica');
  t.equal(double.crashed, '');
});

await t.test('a demotion does not wait for the old link, and lets held writers go only behind it', async (t) => {
  const shard = await startKvrocksShard(1);
  const [old, candidate] = shard.nodes;
  if (old === undefined || candidate === undefined) throw new Error('two nodes');
  const [from, to] = [new ControlNode(old.id), new ControlNode(candidate.id)];
  const writer = await RawClient.connect(old);
  t.teardown(async () => {
    writer.close();
    for (const node of [from, to]) node.close();
    await shard.dispose();
  });
  for (const node of [from, to]) await node.connect(PATIENT_MS);
  const offset = await from.fence(PATIENT_MS, PATIENT_MS);
  const held = writer.call('SET', 'a', '1');
  await until('the candidate has everything', async () => (await to.appliedOffset(PATIENT_MS)) >= offset);
  await to.promote(PATIENT_MS);
  t.equal((await to.role(PATIENT_MS)).role, 'master');
  await t.rejects(
    from.promote(PATIENT_MS).then(() => from.follow(from.id, PATIENT_MS)),
    /can't replicate itself/,
  );
  await from.demote(to.id, PATIENT_MS);
  t.match(await held, /^-READONLY .* read only slave/, 'it did not run');
  await until('the old master follows', async () => (await from.role(PATIENT_MS)).follows?.linkUp === true);
  t.equal(await from.persist(PATIENT_MS), '');
  t.same(old.written, { slaveOf: candidate.id }, 'after a restart too');
  t.equal((await to.syncCounters(PATIENT_MS)).full, 0);
});

await t.test('of several replicas only the link of the one in question is ended', async (t) => {
  const shard = await startKvrocksShard(2);
  const [old, candidate, third] = shard.nodes;
  if (old === undefined || candidate === undefined || third === undefined) throw new Error('three nodes');
  const [from, to] = [new ControlNode(old.id), new ControlNode(candidate.id)];
  t.teardown(async () => {
    for (const node of [from, to]) node.close();
    await shard.dispose();
  });
  for (const node of [from, to]) await node.connect(PATIENT_MS);
  await from.dropReplica(candidate.id, PATIENT_MS);
  t.equal(candidate.link?.isKilled, true);
  t.equal(third.link?.isKilled, false, 'it keeps up meanwhile');
  await until('it is back', () => candidate.link?.isKilled === false && candidate.link.state === 'up');
  await to.promote(PATIENT_MS);
  await from.demote(to.id, PATIENT_MS);
  t.equal(old.master, candidate);
  t.equal(third.link?.isKilled, false, 'its thread need not sleep before it is re-pointed');
  await from.demote(to.id, PATIENT_MS);
  t.equal(old.master, candidate, 'saying it again changes nothing');
});

await t.test('where a replica goes by another address, all links are ended', async (t) => {
  const shard = await startKvrocksShard(2);
  const [master, ...replicas] = shard.nodes;
  const node = new ControlNode(master?.id ?? '');
  t.teardown(async () => {
    node.close();
    await shard.dispose();
  });
  await node.dropReplica('replica.example:6666', PATIENT_MS);
  t.same(
    replicas.map(({ link }) => link?.isKilled),
    [true, true],
  );
});

await t.test(
  'a write that was past the pause when it began counts: the offset is read until it stands still',
  async (t) => {
    // A redis-server without a replica counts no offset.
    const shard = await startKvrocksShard(1);
    const [double] = shard.nodes;
    if (double === undefined) throw new Error('a node');
    const node = new ControlNode(double.id);
    const writer = await RawClient.connect(double);
    t.teardown(async () => {
      writer.close();
      node.close();
      await shard.dispose();
    });
    await node.connect(PATIENT_MS);
    const before = await node.masterOffset(PATIENT_MS);
    const late = new EventEmitter();
    let readings = 0;
    double.slowed = async ([name, section]) => {
      if (name === 'SET') await once(late, 'its turn');
      if (section !== 'replication') return;
      // Between the first reading and the second.
      if (++readings !== 2) return;
      late.emit('its turn');
      await written;
    };
    const written = writer.call('SET', 'late', '1');
    await until('it is past the pause', () => late.listenerCount('its turn') === 1);
    const fenced = await node.fence(PATIENT_MS, PATIENT_MS);
    late.emit('its turn');
    t.equal(await written, '+OK\r\n');
    t.ok(fenced > before);
    t.equal(fenced, await node.masterOffset(PATIENT_MS), 'a replica that has this has everything');
  },
);
