import type { ClusterTopology } from './cluster-topology.js';
import { keysOf, type KvrocksCommand } from './double-command-list.js';
import { isError, OK, WRONG_ARGUMENTS, type Value } from './double-replies.js';
import { keySlot } from './key-slot.js';
import type { KvrocksDouble } from './kvrocks-double.js';

const NOT_ENABLED: Value = { error: 'ERR Cluster mode is not enabled' };
const NOT_INITIALISED: Value = { error: 'CLUSTERDOWN The cluster is not initialized' };
const CLUSTER_USAGE: Value = {
  error: 'ERR CLUSTER command, CLUSTER INFO|NODES|SLOTS|KEYSLOT|RESET|REPLICAS',
};
const CLUSTERX_USAGE: Value = {
  error: 'ERR CLUSTERX command, CLUSTERX VERSION|MYID|SETNODEID|SETNODES|SETSLOT|MIGRATE',
};

/** `CLUSTER …` */
export function answerCluster({ cluster }: KvrocksDouble, [, subcommand = '', key]: readonly string[]): Value {
  const name = subcommand.toLowerCase();
  if (!['info', 'nodes', 'slots', 'keyslot'].includes(name)) return CLUSTER_USAGE;
  if (cluster === null) return NOT_ENABLED;
  if (name === 'keyslot') return key === undefined ? CLUSTER_USAGE : keySlot(key);
  if (cluster.version < 0) return NOT_INITIALISED;
  if (name === 'info') return cluster.infoText;
  return name === 'nodes' ? cluster.nodesText(Date.now()) : cluster.slotTable;
}

/** `CLUSTERX …`; SETSLOT and MIGRATE, which no switch needs, are not there. */
export async function answerClusterX(node: KvrocksDouble, words: readonly string[]): Promise<Value> {
  const { cluster } = node;
  const [, subcommand = '', first, ...rest] = words;
  if (words.length < 2) return WRONG_ARGUMENTS;
  switch (subcommand.toLowerCase()) {
    case 'version':
      return cluster === null ? NOT_ENABLED : String(cluster.version);
    case 'myid':
      return cluster === null ? NOT_ENABLED : cluster.myId;
    case 'setnodeid':
      if (first?.length !== 40 || rest.length > 0) return CLUSTERX_USAGE;
      if (cluster === null) return NOT_ENABLED;
      cluster.myId = first;
      await node.takeClusterRole();
      return OK;
    case 'setnodes':
      return first === undefined || rest.length === 0 ? CLUSTERX_USAGE : setNodes(node, first, rest);
    default:
      return CLUSTERX_USAGE;
  }
}

async function setNodes(
  node: KvrocksDouble,
  text: string,
  [version = '', ...options]: readonly string[],
): Promise<Value> {
  if (!/^-?\d{1,18}$/.test(version)) return { error: 'ERR Invalid version' };
  const isForced = options.length === 1 && options[0]?.toLowerCase() === 'force';
  if (options.length > 0 && !isForced) return { error: 'ERR Invalid setnodes options' };
  if (node.cluster === null) return NOT_ENABLED;
  const result = node.cluster.setNodes(text, Number(version), isForced, node.port);
  if (isError(result)) return result;
  if (result === 'changed') await node.takeClusterRole();
  return OK;
}

/** Why a node of a cluster does not run a request; null: it does. @param readOnly the connection said READONLY. */
export function notServed(
  cluster: ClusterTopology,
  command: KvrocksCommand,
  words: readonly string[],
  readOnly: boolean,
): Value {
  const [slot, ...others] = new Set(keysOf(command, words).map(keySlot));
  if (slot === undefined) return null;
  if (others.length > 0) return { error: "CROSSSLOT Attempted to access keys that don't hash to the same slot" };
  const owner = cluster.ownerOf(slot);
  if (owner === null) return { error: 'CLUSTERDOWN Hash slot not served' };
  if (owner === cluster.myself) return null;
  if (readOnly && !command.write && owner === cluster.myMaster) return null;
  return { error: `MOVED ${slot} ${owner.host}:${owner.port}` };
}
