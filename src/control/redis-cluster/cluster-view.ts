import { NodeError } from '../../switchover/ports.js';
import { infoNumber, parseInfo } from '../info-fields.js';
import type { CommandLine, Reply } from '../node-link.js';

/** A node as it is spoken to about its cluster. Opens its connection by itself; rejects with a {@link NodeError}. */
export interface ClusterNode {
  readonly id: string;
  /** Sends commands in one write. The errors of single commands stand among the replies. */
  ask(commands: readonly CommandLine[], timeoutMs: number): Promise<readonly (Reply | NodeError)[]>;
}

/** A node of the cluster, as another one sees it: a line of `CLUSTER NODES`. */
export interface ClusterMember {
  readonly id: string;
  /** `host:port`, as the cluster spells it. */
  readonly address: string;
  readonly role: 'master' | 'replica' | 'other';
  /** Of a replica: the id of its master. */
  readonly masterId: string;
  /** Seen as failing, by this node (`fail?`) or by the majority (`fail`). */
  readonly failing: boolean;
  readonly configEpoch: number;
  readonly hasSlots: boolean;
  /** Slots are on their way to it or from it; only a node's own line tells. */
  readonly isMigrating: boolean;
}

/** What one node knows of its cluster. */
export interface ClusterView {
  readonly myId: string;
  /** `cluster_state`: it sees all slots served, and a majority of the masters. */
  readonly isOk: boolean;
  /** How many requests for votes it has sent since its start (one to each node for an election). */
  readonly voteRequests: number;
  readonly nodeTimeoutMs: number;
  readonly members: readonly ClusterMember[];
}

const QUESTIONS: readonly CommandLine[] = [
  ['CLUSTER', 'MYID'],
  ['CLUSTER', 'INFO'],
  ['CLUSTER', 'NODES'],
  ['CONFIG', 'GET', 'cluster-node-timeout'],
];

/** Redis' own default, for a node whose CONFIG may not be read. */
const DEFAULT_NODE_TIMEOUT_MS = 15_000;

/** Rejects with a {@link NodeError}; `refused` where the node is in no cluster, or Holdfast's user may not ask. */
export async function readClusterView(node: ClusterNode, timeoutMs: number): Promise<ClusterView> {
  const [myId, info, nodes, timeout] = await node.ask(QUESTIONS, timeoutMs);
  if (myId instanceof NodeError) throw myId;
  if (info instanceof NodeError) throw info;
  if (nodes instanceof NodeError) throw nodes;
  const fields = parseInfo(String(info));
  const configured: unknown = Array.isArray(timeout) ? (timeout as readonly unknown[])[1] : undefined;
  return {
    myId: String(myId),
    isOk: fields.get('cluster_state') === 'ok',
    voteRequests: infoNumber(fields, 'cluster_stats_messages_auth-req_sent', 0),
    nodeTimeoutMs: Number(configured ?? DEFAULT_NODE_TIMEOUT_MS),
    members: parseMembers(String(nodes)),
  };
}

/** The master of the shard that the node belongs to, as the node sees it; undefined when it knows none. */
export function masterOf({ myId, members }: ClusterView): ClusterMember | undefined {
  const me = members.find(({ id }) => id === myId);
  return me?.role === 'replica' ? members.find(({ id }) => id === me.masterId) : me;
}

/** `<id> <ip:port@cport[,hostname]> <flags> <master> <ping> <pong> <epoch> <link> <slots> …`, a line for each node. */
export function parseMembers(text: string): readonly ClusterMember[] {
  return text.split('\n').flatMap((line) => {
    const [id, place, flagged = '', masterId = '-', , , epoch, , ...slots] = line.trim().split(' ');
    if (id === undefined || place === undefined || epoch === undefined) return [];
    const flags = flagged.split(',');
    return {
      id,
      address: place.replace(/@.*$/, ''),
      role: flags.includes('master') ? 'master' : flags.includes('slave') ? 'replica' : 'other',
      masterId: masterId === '-' ? '' : masterId,
      failing: flags.includes('fail') || flags.includes('fail?'),
      configEpoch: Number(epoch),
      hasSlots: slots.some((slot) => !slot.startsWith('[')),
      isMigrating: slots.some((slot) => slot.startsWith('[')),
    } as const;
  });
}
