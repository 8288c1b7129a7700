import { parseNodeId } from '../../config/node-address.js';
import { error } from '../reply.js';
import { connectedReplicas, masterView } from '../shard-view.js';
import type { AdminCommand } from './command.js';

/** Redis' ROLE, for the shard behind the proxy: whoever asks sees the master that is served. */
export const roleCommand: AdminCommand = {
  name: 'role',
  summary: "The shard as Redis' ROLE would show its master: offset and replicas",
  arguments: [],
  arity: 1,
  flags: ['readonly', 'fast'],
  run({ context }) {
    const { topology } = context.ports;
    const master = masterView(topology);
    if (master === null) return error(`MASTERDOWN ${topology.problem() || 'Holdfast knows no master for this shard'}`);
    const replicas = connectedReplicas(topology).map((replica) => {
      const address = parseNodeId(replica.node);
      // Redis writes ports and offsets of replicas as strings here.
      return [address?.host ?? replica.node, String(address?.port ?? 0), String(replica.offset)];
    });
    return ['master', master.offset, replicas];
  },
};
