import type { ClusterTopology } from './cluster-topology.js';
import type { KvrocksDouble } from './kvrocks-double.js';

/** A node that is in a cluster. */
export type ClusterDouble = KvrocksDouble & { readonly cluster: ClusterTopology };

export function inCluster(node: KvrocksDouble): ClusterDouble {
  if (node.cluster === null) throw new Error(`${node.id} is in no cluster`);
  return node as ClusterDouble;
}
