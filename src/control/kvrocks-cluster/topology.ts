import { formatNodeId, parseNodeId, type NodeId } from '../../config/node-address.js';

/** One line of `CLUSTER NODES`, as far as it is told to the nodes by `CLUSTERX SETNODES`. */
export interface ClusterMember {
  /** 40 characters. */
  readonly id: string;
  readonly address: NodeId;
  readonly role: 'master' | 'replica';
  /** Whom a replica follows; empty for a master. */
  readonly masterId: string;
  /** Beside the role, such as `fail`. */
  readonly flags: readonly string[];
  /** Of a master, as they are written: `0-5460`, `42`. Kept as they are. */
  readonly slots: readonly string[];
}

/** What a node of a Kvrocks cluster knows of all of them. Nodes tell each other nothing: each knows what it was told. */
export interface Topology {
  /** Counts up at each change. -1: it was told nothing yet. */
  readonly version: number;
  readonly members: readonly ClusterMember[];
}

/** A slot that is on its way stands in brackets; anything else but numbers is not understood, and must not be lost. */
const SLOTS = /^\d+(-\d+)?$/;

/**
 * Reads `CLUSTER NODES` of Kvrocks: `<id> <host>:<port>@<bus port> [myself,]master|slave[,fail] <master id|-> <ping> <pong> <version>
 * connected [slots …]`.
 *
 * @throws {Error} that says which line is not understood.
 */
export function parseTopology(text: string): Topology {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const versions = lines.map((line) => Number(line.split(' ')[6]));
  const [version = -1] = versions;
  if (versions.some((each) => each !== version)) throw new Error('CLUSTER NODES with more than one version');
  return { version, members: lines.map(parseMember) };
}

function parseMember(line: string): ClusterMember {
  const [id = '', place = '', flagList = '', masterId = '', , , , , ...slots] = line.trim().split(' ');
  const address = parseNodeId(place.split('@')[0] ?? '');
  const flags = flagList.split(',').filter((flag) => flag !== 'myself');
  const isMaster = flags.includes('master');
  if (id.length !== 40 || address === null || isMaster === flags.includes('slave')) {
    throw new Error(`CLUSTER NODES has a line that is not understood: ${JSON.stringify(line)}`);
  }
  const strange = slots.find((range) => !SLOTS.test(range));
  if (strange !== undefined) throw new Error(`slots of ${place} are on their way (${strange})`);
  return {
    id,
    address: formatNodeId(address.host, address.port),
    role: isMaster ? 'master' : 'replica',
    masterId: isMaster ? '' : masterId,
    flags: flags.filter((flag) => flag !== 'master' && flag !== 'slave'),
    slots,
  };
}

/** The lines of `CLUSTERX SETNODES`, always in the same order, so that equal topologies have equal lines. */
export function topologyLines({ members }: Topology): string {
  return members
    .map((member) => {
      const place = parseNodeId(member.address);
      const where = `${member.id} ${place?.host ?? ''} ${place?.port ?? 0}`;
      const role = [member.role === 'master' ? 'master' : 'slave', ...member.flags].join(',');
      if (member.role === 'replica') return `${where} ${role} ${member.masterId}`;
      return [`${where} ${role} -`, ...member.slots].join(' ');
    })
    .toSorted()
    .join('\n');
}

/**
 * The next topology, in which `to` (an id) is the master of its shard: it has the slots, all others of the shard follow it. Other shards
 * stay as they are.
 *
 * @throws {Error} when `to` is no replica of it.
 */
export function exchangeRoles({ version, members }: Topology, to: string): Topology {
  const candidate = members.find(({ id }) => id === to);
  const master = members.find(({ id }) => id === candidate?.masterId);
  if (candidate === undefined || master === undefined) throw new Error(`${to} is no replica in this topology`);
  return {
    version: version + 1,
    members: members.map((member) => {
      // Whoever is made a master answers: marks of a failure were of another time.
      if (member === candidate) return { ...member, role: 'master', masterId: '', slots: master.slots, flags: [] };
      if (member !== master && member.masterId !== master.id) return member;
      return { ...member, role: 'replica', masterId: to, slots: [] };
    }),
  };
}

/** The topology with the highest version; null where no node was told any. */
export function newestOf(topologies: readonly Topology[]): Topology | null {
  return topologies
    .filter(({ version }) => version >= 0)
    .reduce<Topology | null>((best, each) => (best === null || each.version > best.version ? each : best), null);
}

/** The members of one shard, its master first; empty when `id` is in none. */
export function shardOf({ members }: Topology, id: string): readonly ClusterMember[] {
  const member = members.find((each) => each.id === id);
  if (member === undefined) return [];
  const masterId = member.role === 'master' ? member.id : member.masterId;
  return [...members.filter((each) => each.id === masterId), ...members.filter((each) => each.masterId === masterId)];
}

/**
 * The next topology after two of the same version: the shard of `id` as `own` has it, the others as `other` has them. Whoever makes it from
 * the other side makes the same.
 */
export function joinTopologies(own: Topology, other: Topology, id: string): Topology {
  const shard = shardOf(own, id);
  const ids = new Set(shard.map((member) => member.id));
  return {
    version: own.version + 1,
    members: [...shard, ...other.members.filter((member) => !ids.has(member.id))],
  };
}
