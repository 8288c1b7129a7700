import { parseNodeId, type NodeId } from '../../config/node-address.js';
import { NodeError } from '../../switchover/ports.js';
import type { CommandLine, NodeLink } from '../node-link.js';

/**
 * `REPLICAOF host port`, or SLAVEOF.
 *
 * @throws {NodeError} `unsent` when the master is no address.
 */
export function followCommand(name: 'REPLICAOF' | 'SLAVEOF', link: NodeLink, master: NodeId): CommandLine {
  const address = parseNodeId(master);
  if (address === null) throw new NodeError(link.node, 'unsent', `"${master}" is not an address`);
  return [name, address.host, address.port];
}
