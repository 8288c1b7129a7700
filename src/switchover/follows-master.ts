import type { NodeId } from '../config/node-address.js';
import type { NodeFacts } from './ports.js';

/**
 * Whether a replica follows `master`, by what both say of themselves. It may spell its master otherwise than the configuration does (an
 * address where that has a host name). Then the stream that they share tells; a Kvrocks has no name for its stream, but lists its
 * replicas. Of a link that is down nothing newer than the port is known.
 *
 * The port alone proves nothing of a link that is up: all shards of a company may use the same.
 *
 * @param ids all configured nodes.
 */
export function followsMaster(replica: NodeFacts, master: NodeFacts, ids: readonly NodeId[]): boolean {
  const { follows } = replica;
  if (follows === undefined) return false;
  if (follows.node === master.node) return true;
  if (ids.includes(follows.node)) return false;
  if (!follows.linkUp) return portOf(follows.node) === portOf(master.node);
  if (replica.replId !== undefined && master.replId !== undefined) return replica.replId === master.replId;
  const isListed = master.replicas.some(({ node }) => portOf(node) === portOf(replica.node));
  return isListed && portOf(follows.node) === portOf(master.node);
}

function portOf(node: NodeId): string {
  return node.slice(node.lastIndexOf(':') + 1);
}

/** The same of a master that does not answer: only its name is known. */
export function followsSilent({ follows }: NodeFacts, master: NodeId, ids: readonly NodeId[]): boolean {
  if (follows === undefined) return false;
  return follows.node === master || (!ids.includes(follows.node) && portOf(follows.node) === portOf(master));
}
