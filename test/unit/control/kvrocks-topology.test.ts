import t from 'tap';
import {
  exchangeRoles,
  joinTopologies,
  newestOf,
  parseTopology,
  shardOf,
  topologyLines,
} from '../../../src/control/kvrocks-cluster/topology.js';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40));

/** As recorded from a Kvrocks of 2024-10, with a second shard and a second replica beside. */
const RECORDED = [
  `${B} 127.0.0.1:17002@27002 slave ${A} 1795386455311 1795386455312 4 connected`,
  `${A} 127.0.0.1:17001@27001 myself,master - 1795386455311 1795386455312 4 connected 0-8000 8002`,
  `${C} 127.0.0.1:17003@27003 slave,fail ${A} 1795386455311 1795386455312 4 connected`,
  `${D} [::1]:17004@27004 master - 1795386455311 1795386455312 4 connected 8001 8003-16383`,
].join('\n');

await t.test('what a node was told is read, and told again in the same words', async (t) => {
  const topology = parseTopology(`${RECORDED}\n`);
  t.equal(topology.version, 4);
  t.equal(
    topologyLines(topology),
    [
      `${A} 127.0.0.1 17001 master - 0-8000 8002`,
      `${B} 127.0.0.1 17002 slave ${A}`,
      `${C} 127.0.0.1 17003 slave,fail ${A}`,
      `${D} ::1 17004 master - 8001 8003-16383`,
    ].join('\n'),
  );
});

await t.test('two roles are exchanged; slots, the other replicas and the other shards keep their place', async (t) => {
  const next = exchangeRoles(parseTopology(RECORDED), B ?? '');
  t.equal(next.version, 5);
  t.equal(
    topologyLines(next),
    [
      `${A} 127.0.0.1 17001 slave ${B}`,
      `${B} 127.0.0.1 17002 master - 0-8000 8002`,
      `${C} 127.0.0.1 17003 slave,fail ${B}`,
      `${D} ::1 17004 master - 8001 8003-16383`,
    ].join('\n'),
  );
  t.throws(() => exchangeRoles(next, B ?? ''), /no replica/);
});

await t.test('the members of a shard, by any of them', async (t) => {
  const topology = parseTopology(RECORDED);
  for (const id of [A, B, C])
    t.same(
      shardOf(topology, id ?? '').map((member) => member.id),
      [A, B, C],
    );
  t.same(
    shardOf(topology, D ?? '').map((member) => member.address),
    ['[::1]:17004'],
  );
  t.same(shardOf(topology, 'nobody'), []);
});

await t.test('what is not understood is not guessed at', async (t) => {
  t.throws(
    () => parseTopology(RECORDED.replace('8002', '[8002->-x]')),
    /slots of 127.0.0.1:17001@27001 are on their way/,
  );
  t.throws(() => parseTopology(RECORDED.replace('slave ', 'handshake ')), /not understood/);
  t.throws(() => parseTopology(RECORDED.replace(' 4 ', ' 5 ')), /more than one version/);
});

await t.test('two topologies of one version are joined to the same one from either side', async (t) => {
  const E = 'e'.repeat(40);
  const base = parseTopology(
    `${RECORDED}\n${E} 127.0.0.1:17005@27005 slave ${D} 1795386455311 1795386455312 4 connected`,
  );
  const [ours, theirs] = [exchangeRoles(base, B ?? ''), exchangeRoles(base, E)];
  const joined = joinTopologies(ours, theirs, A ?? '');
  t.equal(joined.version, 6);
  t.equal(topologyLines(joined), topologyLines(joinTopologies(theirs, ours, D ?? '')));
  t.equal(topologyLines(joined), topologyLines(exchangeRoles(ours, E)), 'both switches are in it');
});

await t.test('the highest version is the newest; who was told nothing does not count', async (t) => {
  const topology = parseTopology(RECORDED);
  const next = exchangeRoles(topology, B ?? '');
  t.equal(newestOf([{ version: -1, members: [] }, topology, next, topology]), next);
  t.equal(newestOf([{ version: -1, members: [] }]), null);
});
