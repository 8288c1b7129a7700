import { choice, flag } from './kinds.js';
import { setting } from './setting.js';
import { TOPOLOGIES, type TopologyName } from './topology.js';

/** The settings about who changes the roles of the shard. */
export const TOPOLOGY_SETTING_TABLE = {
  topology: setting({
    name: 'topology',
    kind: choice<TopologyName>(TOPOLOGIES),
    default: 'direct',
    description:
      'Who changes the roles of the shard: Holdfast itself (`direct`), the cluster (`redis-cluster`, `kvrocks-cluster`), ' +
      'kvrocks-controller, or Sentinel',
    reason: 'nothing but the servers is needed; nodes that somebody else manages are recognised, and refused by name',
  }),
  alignPromotion: setting({
    name: 'align_promotion',
    kind: flag(),
    default: true,
    description:
      "Kvrocks: learn the tick on which the candidate's replication thread can be ended, by re-making its link before the " +
      'hold, and promote just before it',
    reason: 'a promotion waits for that tick, up to 100 ms, and everything on the candidate with it',
  }),
} as const;
