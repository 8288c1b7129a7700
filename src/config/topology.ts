/** Who changes the roles of the shard, and where the truth about them is written; the words of the setting `topology`. */
export const TOPOLOGIES = ['direct', 'kvrocks-cluster', 'kvrocks-controller', 'sentinel', 'redis-cluster'] as const;
export type TopologyName = (typeof TOPOLOGIES)[number];

/** Where somebody else promotes on our word, in steps of its own; the defaults of some time-outs are longer there. */
export function isOwnedElsewhere(topology: TopologyName): boolean {
  return topology === 'sentinel' || topology === 'kvrocks-controller' || topology === 'redis-cluster';
}
