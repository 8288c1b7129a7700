import { NodeError } from '../../switchover/ports.js';
import type { CommandLine, Reply } from '../node-link.js';
import { hasOpenMigration } from './open-migration.js';
import { parseTopology, topologyLines, type Topology } from './topology.js';

/** A node as it is spoken to about the topology. Opens its connection by itself; rejects with a {@link NodeError}. */
export interface ClusterNode {
  readonly id: string;
  /** Sends commands in one write. The errors of single commands stand among the replies. */
  ask(commands: readonly CommandLine[], timeoutMs: number): Promise<readonly (Reply | NodeError)[]>;
}

/** What a node of a Kvrocks cluster was told. */
export interface ClusterState {
  /** Its own id; empty when it was never given one. */
  readonly myId: string;
  readonly topology: Topology;
  /** Slots are on their way to it or from it, or have arrived, and the topology does not say so yet. */
  readonly isMigrating: boolean;
}

const QUESTIONS: readonly CommandLine[] = [
  ['CLUSTERX', 'MYID'],
  ['CLUSTERX', 'VERSION'],
  ['CLUSTER', 'NODES'],
  ['CLUSTER', 'INFO'],
];

/** A node that was told nothing yet. */
const NOTHING: Topology = { version: -1, members: [] };

/** Reads what a node was told. Rejects with a {@link NodeError}; `refused` also for what is not understood. */
export async function readClusterState(node: ClusterNode, timeoutMs: number): Promise<ClusterState> {
  const [myId, version, nodes, info] = await node.ask(QUESTIONS, timeoutMs);
  if (myId instanceof NodeError) throw myId;
  if (version instanceof NodeError) throw version;
  if (Number(version) === -1) return { myId: String(myId), topology: NOTHING, isMigrating: false };
  if (nodes instanceof NodeError) throw nodes;
  if (info instanceof NodeError) throw info;
  const topology = understand(node, String(nodes));
  const own = topology.members.find(({ id }) => id === myId);
  return { myId: String(myId), topology, isMigrating: hasOpenMigration(String(info), own?.slots ?? []) };
}

/** `CLUSTERX SETNODES`: a higher version replaces what the node has, an equal one is ignored with +OK, a lower one refused. */
export function setNodes(topology: Topology): CommandLine {
  return ['CLUSTERX', 'SETNODES', topologyLines(topology), topology.version];
}

function understand(node: ClusterNode, text: string): Topology {
  try {
    return parseTopology(text);
  } catch (error) {
    throw new NodeError(node.id, 'refused', error instanceof Error ? error.message : String(error));
  }
}
