import type { ClusterNode } from './cluster-commands.js';

/**
 * A node keeps its topology in a file of its own, unless that is switched off.
 *
 * @returns why it will not know its role after a restart; empty when it will.
 */
export async function rememberTopology(node: ClusterNode, timeoutMs: number): Promise<string> {
  const [reply] = await node.ask([['CONFIG', 'GET', 'persist-cluster-nodes-enabled']], timeoutMs);
  const value: unknown = Array.isArray(reply) ? (reply as readonly unknown[])[1] : undefined;
  return value === 'no' ? 'persist-cluster-nodes-enabled is no: it knows no topology after a restart' : '';
}
