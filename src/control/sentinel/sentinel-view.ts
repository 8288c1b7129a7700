import { formatNodeId, type NodeId } from '../../config/node-address.js';
import type { Reply } from '../node-link.js';

/** What one Sentinel says of the shard. */
export interface SentinelView {
  readonly sentinel: NodeId;
  /** `SENTINEL GET-MASTER-ADDR-BY-NAME`: what clients are told. The promoted node from the moment Sentinel knows of the promotion. */
  readonly master: NodeId;
  /** Counts the failovers; of two Sentinels that disagree, the higher one is right. */
  readonly configEpoch: number;
  /** This Sentinel is moving the master. */
  readonly failingOver: boolean;
  /** It is, and does not know yet of a promotion: {@link master} is the one that is being replaced. */
  readonly undecided: boolean;
  /** This Sentinel, or enough of them, take the master for dead. */
  readonly masterDown: boolean;
}

/** A replica as a Sentinel knows it; up to ten seconds old. */
export interface ReplicaView {
  readonly node: NodeId;
  /** `replica-priority`; 0 is never promoted. */
  readonly priority: number;
  /** Why Sentinel would not promote it now, else empty. */
  readonly unfit: string;
}

/** A flat list of names and values. */
type Fields = ReadonlyMap<string, string>;

/** Reads the answers to GET-MASTER-ADDR-BY-NAME and SENTINEL MASTER; null when they are not what Sentinel answers. */
export function parseView(sentinel: NodeId, address: Reply, master: Reply): SentinelView | null {
  const fields = fieldsOf(master);
  const [host, port] = Array.isArray(address) ? (address as readonly Reply[]) : [];
  const configEpoch = Number(fields.get('config-epoch'));
  if (typeof host !== 'string' || typeof port !== 'string' || Number.isNaN(configEpoch)) return null;
  const flags = flagsOf(fields);
  const failingOver = flags.includes('failover_in_progress');
  return {
    sentinel,
    master: formatNodeId(host, Number(port)),
    configEpoch,
    failingOver,
    // SENTINEL MASTER shows the old one until the failover has ended, GET-MASTER-ADDR-BY-NAME until the promotion.
    undecided: failingOver && fields.get('ip') === host && fields.get('port') === port,
    masterDown: flags.includes('s_down') || flags.includes('o_down'),
  };
}

/** Reads the answer to SENTINEL REPLICAS. */
export function parseReplicas(reply: Reply): readonly ReplicaView[] {
  if (!Array.isArray(reply)) return [];
  return (reply as readonly Reply[]).map((each) => {
    const fields = fieldsOf(each);
    return {
      node: formatNodeId(fields.get('ip') ?? '', Number(fields.get('port'))),
      priority: Number(fields.get('slave-priority')),
      unfit: unfitness(fields),
    };
  });
}

/** What makes Sentinel pass a replica over, as far as it tells (`sentinelSelectSlave` in sentinel.c). */
function unfitness(fields: Fields): string {
  const down = flagsOf(fields).find((flag) => ['s_down', 'o_down', 'disconnected'].includes(flag));
  if (down !== undefined) return down;
  return Number(fields.get('slave-priority')) === 0 ? 'its replica-priority is 0' : '';
}

function flagsOf(fields: Fields): readonly string[] {
  return (fields.get('flags') ?? '').split(',');
}

function fieldsOf(reply: Reply): Fields {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply)) return fields;
  const flat = reply as readonly Reply[];
  for (let at = 0; at + 1 < flat.length; at += 2) fields.set(String(flat[at]), String(flat[at + 1]));
  return fields;
}
