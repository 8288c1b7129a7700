import t from 'tap';
import { TOPOLOGIES, type TopologyName } from '../../../src/config/topology.js';
import type { NodeFacts } from '../../../src/switchover/ports.js';
import { wrongTopology } from '../../../src/switchover/wrong-topology.js';
import { factsOf } from './simulated-world.js';

const PLAIN = factsOf('a:1', 'master', 1);
const KINDS: Readonly<Record<string, { readonly facts: Partial<NodeFacts>; readonly fits: readonly TopologyName[] }>> =
  {
    // Whether Sentinels know of these nodes is asked of the Sentinels.
    'Redis by itself': { facts: { watchedBySentinel: false }, fits: ['direct', 'sentinel'] },
    'Redis, not known whether a Sentinel watches': { facts: {}, fits: ['direct', 'sentinel'] },
    'Valkey by itself': { facts: { engine: 'valkey' }, fits: ['direct', 'sentinel'] },
    'Kvrocks by itself': { facts: { engine: 'kvrocks' }, fits: ['direct'] },
    'Redis under Sentinels': { facts: { watchedBySentinel: true }, fits: ['sentinel'] },
    'Redis Cluster': { facts: { clusterEnabled: true }, fits: ['redis-cluster'] },
    'a Kvrocks cluster': {
      facts: { engine: 'kvrocks', clusterEnabled: true },
      fits: ['kvrocks-cluster', 'kvrocks-controller'],
    },
  };

for (const [name, { facts, fits }] of Object.entries(KINDS)) {
  await t.test(`${name}: ${fits.join(', ')} and no other`, (t) => {
    const node: NodeFacts = { ...PLAIN, ...facts };
    t.same(
      TOPOLOGIES.filter((topology) => wrongTopology([node], topology) === null),
      fits,
    );
    t.end();
  });
}

await t.test('the sentence names the topology that is right', (t) => {
  const words = (facts: Partial<NodeFacts>): string =>
    wrongTopology([{ ...PLAIN, ...facts }], 'direct')?.particulars ?? '';
  t.match(words({ clusterEnabled: true }), 'a:1 is in cluster mode: set topology to redis-cluster');
  t.match(words({ clusterEnabled: true, engine: 'kvrocks' }), /kvrocks-controller.*kvrocks-cluster/);
  t.match(words({ watchedBySentinel: true }), 'a:1 is watched by a Sentinel: set topology to sentinel');
  t.end();
});
