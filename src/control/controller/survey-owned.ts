import type { NodeId } from '../../config/node-address.js';
import { refuse, type Refusal } from '../../switchover/candidate.js';
import { NodeError } from '../../switchover/ports.js';
import type { ClusterNode } from '../kvrocks-cluster/cluster-commands.js';
import type { CommandLine } from '../node-link.js';
import type { OwnedCluster, OwnedNode } from './cluster-schema.js';

const QUESTIONS: readonly CommandLine[] = [
  ['CLUSTERX', 'MYID'],
  ['CLUSTERX', 'VERSION'],
];

/**
 * Holds the controller's topology against the nodes: they are one shard of it, have the ids and the version that it says, and no
 * slots are on their way.
 *
 * @param nodes those that answer.
 * @returns whom the controller calls the master, or what stands against a switch.
 */
export async function surveyOwned(
  cluster: OwnedCluster,
  nodes: readonly ClusterNode[],
  timeoutMs: number,
): Promise<NodeId | Refusal> {
  const [first] = nodes;
  if (first === undefined) return refuse('owner-disagrees', 'no node answers');
  const shard = cluster.shards.find((each) => each.nodes.some(({ address }) => address === first.id));
  if (shard === undefined) return refuse('owner-disagrees', `it has no node ${first.id} (by this address)`);
  if (shard.isMigrating) return refuse('owner-refuses', `slots of shard ${shard.index} are on their way`);
  for (const node of nodes) {
    const owned = shard.nodes.find(({ address }) => address === node.id);
    if (owned === undefined) return refuse('owner-disagrees', `${node.id} is not in shard ${shard.index}`);
  }
  const problems = await Promise.all(nodes.map((node) => compare(node, shard.nodes, cluster.version, timeoutMs)));
  const problem = problems.find((each) => each !== '');
  if (problem !== undefined) return refuse('owner-disagrees', problem);
  const master = shard.nodes.find(({ role }) => role === 'master');
  return master?.address ?? refuse('owner-disagrees', `it names no master of shard ${shard.index}`);
}

/** @returns what differs, else nothing. */
async function compare(
  node: ClusterNode,
  owned: readonly OwnedNode[],
  version: number,
  timeoutMs: number,
): Promise<string> {
  const [id, has] = await node.ask(QUESTIONS, timeoutMs);
  const error = [id, has].find((reply) => reply instanceof NodeError);
  if (error instanceof NodeError) return error.message;
  const expected = owned.find(({ address }) => address === node.id)?.id ?? '';
  if (id !== expected) return `${node.id} calls itself ${String(id)}, the controller ${expected}`;
  if (Number(has) === version) return '';
  return `${node.id} has version ${String(has)} of the topology, the controller ${version}; it evens that out within seconds`;
}
