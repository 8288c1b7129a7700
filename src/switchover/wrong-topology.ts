import type { TopologyName } from '../config/topology.js';
import type { EngineName, NodeFacts } from './ports.js';

/** A sign that another strategy is the right one. */
export interface Mismatch {
  readonly reason: 'managed-elsewhere' | 'wrong-topology';
  readonly particulars: string;
}

/** Which topologies are Kvrocks' own, and which are Redis' and Valkey's; `direct` is everybody's. */
const ENGINES: Readonly<Record<TopologyName, readonly EngineName[]>> = {
  direct: ['redis', 'valkey', 'kvrocks'],
  'kvrocks-cluster': ['kvrocks'],
  'kvrocks-controller': ['kvrocks'],
  sentinel: ['redis', 'valkey'],
  'redis-cluster': ['redis', 'valkey'],
};

const CLUSTERS: readonly TopologyName[] = ['kvrocks-cluster', 'kvrocks-controller', 'redis-cluster'];

/**
 * Whether the nodes show that the configured strategy is the wrong one: two who both change the roles would fight, and one
 * who changes them in a way that the servers do not know would fail in the middle.
 */
export function wrongTopology(nodes: readonly NodeFacts[], topology: TopologyName): Mismatch | null {
  const isClusterExpected = CLUSTERS.includes(topology);
  for (const { node, engine, clusterEnabled, watchedBySentinel } of nodes) {
    if (clusterEnabled && !isClusterExpected) {
      const right =
        engine === 'kvrocks' ? 'kvrocks-controller, or kvrocks-cluster where no controller runs' : 'redis-cluster';
      return { reason: 'managed-elsewhere', particulars: `${node} is in cluster mode: set topology to ${right}` };
    }
    if (watchedBySentinel === true && topology !== 'sentinel') {
      return { reason: 'managed-elsewhere', particulars: `${node} is watched by a Sentinel: set topology to sentinel` };
    }
    if (!ENGINES[topology].includes(engine)) {
      return {
        reason: 'wrong-topology',
        particulars: `${node} runs ${engine}, which topology ${topology} does not move`,
      };
    }
    if (!clusterEnabled && isClusterExpected) {
      return { reason: 'wrong-topology', particulars: `${node} is not in cluster mode, and topology is ${topology}` };
    }
  }
  return null;
}
