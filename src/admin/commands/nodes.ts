import { map } from '../reply.js';
import type { AdminCommand } from './command.js';

/** The shard, node by node, as last seen. */
export const nodesCommand: AdminCommand = {
  name: 'nodes',
  summary: 'The nodes of the shard: role, offset, lag, and what is wrong with them',
  arguments: [],
  arity: 1,
  flags: ['readonly'],
  run({ context }) {
    return context.ports.topology.nodes().map((node) =>
      map([
        ['node', node.node],
        ['up', node.up ? 'yes' : 'no'],
        ['role', node.role],
        ['engine', node.engine],
        ['version', node.version],
        ['offset', node.offset],
        ['lag', node.lag],
        ['priority', node.priority],
        ['problem', node.problem],
        ['seen_ms_ago', node.seenMsAgo],
      ]),
    );
  },
};
