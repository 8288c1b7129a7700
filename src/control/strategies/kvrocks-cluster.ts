/**
 * A Kvrocks cluster without a controller: nodes tell each other nothing, and each is told the whole topology by `CLUSTERX SETNODES`,
 * with a version that counts up.
 *
 * 1. Survey: the nodes are one shard of the topology, which has its slots in place, and names the same master as the nodes do.
 * 2. Arrange: the master and the candidate have the same topology (if not, it is brought to them), and the next one is made of it: the
 *    two roles exchanged, the version counted up, everything else as it is. The ticks of the candidate are learned, if wanted.
 * 3. Promote: the candidate is told. An equal version from somebody else would be ignored with +OK, so its role is asked in the same write.
 * 4. Demote, follow: the others are told what the new master knows, whoever made it. Held writers are let go when the old
 *    master is a replica; they are answered MOVED.
 * 5. The nodes of the other shards are told by the {@link TopologyKeeper}, until they know it.
 */
import type { NodeId } from '../../config/node-address.js';
import { refuse, type Refusal } from '../../switchover/candidate.js';
import type { NodeReport } from '../../switchover/events.js';
import { NodeError, type RoleFacts } from '../../switchover/ports.js';
import type { Arrangement, StrategyTraits, Survey, SwitchStrategy } from '../../switchover/strategy.js';
import type { ControlNode } from '../control-node.js';
import { parseInfo } from '../info-fields.js';
import { readClusterState, setNodes, type ClusterState } from '../kvrocks-cluster/cluster-commands.js';
import { rememberTopology } from '../kvrocks-cluster/remember-topology.js';
import type { TopologyKeeper } from '../kvrocks-cluster/topology-keeper.js';
import { exchangeRoles, newestOf, shardOf, topologyLines, type Topology } from '../kvrocks-cluster/topology.js';
import {
  ALIGN_TIMEOUT_MS,
  ALIGNED_PROMOTION_MS,
  UNALIGNED_PROMOTION_MS,
  type AlignedPromotion,
} from '../kvrocks-tick/aligned-promotion.js';
import type { NodeSet } from './node-set.js';

/** A few round trips, and the patience for nodes of other shards that do not answer, ms. */
const ARRANGE_TIMEOUT_MS = 3000;

export class KvrocksClusterStrategy implements SwitchStrategy {
  readonly traits: StrategyTraits = {
    topology: 'kvrocks-cluster',
    cutsConnections: false,
    arrangeTimeoutMs: ARRANGE_TIMEOUT_MS + ALIGN_TIMEOUT_MS,
  };
  readonly #nodes: NodeSet<ControlNode>;
  readonly #keeper: TopologyKeeper;
  readonly #aligned: AlignedPromotion | null;
  #next: Topology | null = null;

  /** @param aligned null: promotions wait for their tick. */
  constructor(nodes: NodeSet<ControlNode>, keeper: TopologyKeeper, aligned: AlignedPromotion | null) {
    this.#nodes = nodes;
    this.#keeper = keeper;
    this.#aligned = aligned;
  }

  async survey(reports: readonly NodeReport[], timeoutMs: number): Promise<Survey | Refusal> {
    const answering = reports.filter((report) => 'facts' in report).map(({ node }) => node);
    let known: readonly (readonly [NodeId, ClusterState])[];
    try {
      known = await Promise.all(answering.map(async (node) => [node, await this.#read(node, timeoutMs)] as const));
    } catch (error) {
      return refuse('owner-refuses', wordsOf(error));
    }
    const moving = known.find(([, { isMigrating }]) => isMigrating);
    if (moving !== undefined) return refuse('owner-refuses', `slots of ${moving[0]} are on their way`);
    const newest = newestOf(known.map(([, { topology }]) => topology));
    if (newest === null) return refuse('owner-refuses', 'the nodes were told no topology yet');
    return surveyShard(newest, answering, this.#aligned === null ? UNALIGNED_PROMOTION_MS : ALIGNED_PROMOTION_MS);
  }

  async arrange(from: NodeId, to: NodeId, timeoutMs: number): Promise<Arrangement> {
    let topology = await this.#common(from, to, timeoutMs);
    if (topology === null) {
      await this.#keeper.look();
      topology = await this.#common(from, to, timeoutMs);
    }
    if (topology === null) throw new NodeError(to, 'refused', `it knows another topology than ${from}`);
    const moving = await this.#keeper.migrating(topology);
    if (moving !== null) throw new NodeError(moving, 'refused', 'slots are on their way there');
    const candidate = topology.members.find(({ address }) => address === to);
    if (candidate?.role !== 'replica') throw new NodeError(to, 'refused', 'it is no replica in the topology');
    this.#next = exchangeRoles(topology, candidate.id);
    if (this.#aligned === null) return { beat: null, promotionMs: UNALIGNED_PROMOTION_MS, note: '' };
    return this.#aligned.arrange(this.#nodes.get(from), this.#nodes.get(to), ALIGN_TIMEOUT_MS);
  }

  async promote(_from: NodeId, to: NodeId, timeoutMs: number): Promise<void> {
    const next = this.#next;
    if (next === null) throw new NodeError(to, 'unsent', 'no topology was made for it');
    const orders = [setNodes(next), ['INFO', 'replication']];
    const tell = () => this.#nodes.get(to).promoteBy(orders, timeoutMs);
    const [told, info] = await (this.#aligned === null ? tell() : this.#aligned.promote(tell));
    if (told instanceof NodeError) throw told;
    if (info instanceof NodeError) throw info;
    if (parseInfo(String(info)).get('role') === 'master') return;
    throw new NodeError(to, 'refused', `it was told another topology of version ${next.version} before`);
  }

  role(node: NodeId, timeoutMs: number): Promise<RoleFacts> {
    return this.#nodes.get(node).role(timeoutMs);
  }

  async demote(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    await this.#tell(node, master, timeoutMs);
    await this.#nodes.get(node).endPause(timeoutMs);
    void this.#keeper.look();
  }

  async follow(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    await this.#tell(node, master, timeoutMs);
  }

  persist(node: NodeId, timeoutMs: number): Promise<string> {
    return rememberTopology(this.#nodes.get(node), timeoutMs);
  }

  conclude(): void {
    this.#next = null;
  }

  #read(node: NodeId, timeoutMs: number): Promise<ClusterState> {
    return readClusterState(this.#nodes.get(node), timeoutMs);
  }

  /** What both know; null when they know different things. */
  async #common(from: NodeId, to: NodeId, timeoutMs: number): Promise<Topology | null> {
    const [old, candidate] = await Promise.all([this.#read(from, timeoutMs), this.#read(to, timeoutMs)]);
    const isSame =
      old.topology.version === candidate.topology.version &&
      topologyLines(old.topology) === topologyLines(candidate.topology);
    return isSame ? old.topology : null;
  }

  async #tell(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    const { topology } = await this.#read(master, timeoutMs);
    const isMaster = topology.members.some(({ address, role }) => address === master && role === 'master');
    if (!isMaster) throw new NodeError(node, 'refused', `${master} was told that it is no master`);
    // A node that has heard of a later change refuses this one; what it is then, its role tells.
    const [told] = await this.#nodes.get(node).ask([setNodes(topology)], timeoutMs);
    const { role } = await this.#nodes.get(node).role(timeoutMs);
    if (role === 'replica') return;
    throw told instanceof NodeError ? told : new NodeError(node, 'refused', 'it is still a master');
  }
}

/** The master of the shard that the nodes are, by the topology. */
function surveyShard(topology: Topology, nodes: readonly NodeId[], promotionMs: number): Survey | Refusal {
  const [first = ''] = nodes;
  const member = topology.members.find(({ address }) => address === first);
  if (member === undefined) return refuse('owner-disagrees', `the topology does not know ${first} by this address`);
  const shard = shardOf(topology, member.id);
  const stranger = nodes.find((node) => shard.every(({ address }) => address !== node));
  if (stranger !== undefined) return refuse('owner-disagrees', `${stranger} is not in the shard of ${first}`);
  return { master: shard[0]?.address ?? null, promotionMs };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
