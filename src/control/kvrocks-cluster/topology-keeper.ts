import type { NodeId } from '../../config/node-address.js';
import type { Logger } from '../../log/logger.js';
import { NodeError, type Clock } from '../../switchover/ports.js';
import { readClusterState, setNodes, type ClusterNode } from './cluster-commands.js';
import { joinTopologies, newestOf, topologyLines, type ClusterMember, type Topology } from './topology.js';

/** What a {@link TopologyKeeper} works with. */
export interface TopologyKeeperOptions {
  /** The nodes of the own shard. */
  readonly nodes: readonly ClusterNode[];
  /** A connection to any other node of the cluster; closed when the round is over. */
  readonly dial: (address: NodeId) => ClusterNode & { close(): void };
  readonly clock: Clock;
  readonly log: Logger;
  /** For one node, ms. */
  readonly timeoutMs: number;
}

/** How it went with one node. */
interface Told {
  readonly address: NodeId;
  /** What is wrong with it, else empty. */
  readonly problem: string;
  /** Another topology of the same version, which it has. */
  readonly conflict: Topology | null;
}

/** As often as kvrocks-controller looks after it, where there is one, ms. */
const INTERVAL_MS = 3000;

/**
 * Brings the topology to all nodes of a Kvrocks cluster that has no controller: Kvrocks' nodes tell each other nothing, so that one
 * which was down, or unreachable, during a switch would send clients to the former master for ever.
 *
 * 1. The nodes of the own shard are asked; the highest version is the truth.
 * 2. Every member of it, of all shards, that has a lower version is given it. Nothing is taken back: a node refuses what is older
 *    than what it has, so a round that speaks of a topology which has just been replaced does no harm.
 * 3. Again after some seconds, and at once after a switch.
 *
 * Two Holdfasts before two shards that switch in the same moment make two topologies of one version, each right about its own shard.
 * Whoever finds that makes a next version of the two halves, and both make the same one.
 */
export class TopologyKeeper {
  readonly #options: TopologyKeeperOptions;
  #cancelTimer: () => void = () => undefined;
  #round: Promise<void> | null = null;
  #isRunning = false;
  #problems: ReadonlyMap<NodeId, string> = new Map();

  constructor(options: TopologyKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isRunning = true;
    this.#schedule(0);
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancelTimer();
  }

  /** Looks after all nodes now. Settles when that is done, however it went. */
  async look(): Promise<void> {
    // A round under way may have asked too early.
    await this.#round;
    this.#cancelTimer();
    this.#round ??= this.#spread().finally(() => {
      this.#round = null;
      this.#schedule(INTERVAL_MS);
    });
    await this.#round;
  }

  #schedule(ms: number): void {
    this.#cancelTimer();
    if (this.#isRunning) this.#cancelTimer = this.#options.clock.schedule(ms, () => void this.look());
  }

  /** A node of another shard whose slots are on their way, or null; one that does not answer is left out. */
  async migrating({ members }: Topology): Promise<NodeId | null> {
    const { nodes, timeoutMs } = this.#options;
    const masters = members.filter(({ role, address }) => role === 'master' && nodes.every(({ id }) => id !== address));
    const asked = masters.map(async ({ address }) => {
      const node = this.#options.dial(address);
      try {
        return (await readClusterState(node, timeoutMs)).isMigrating ? address : null;
      } catch {
        return null;
      } finally {
        node.close();
      }
    });
    return (await Promise.all(asked)).find((address) => address !== null) ?? null;
  }

  async #spread(): Promise<void> {
    const { nodes, timeoutMs } = this.#options;
    const known = await Promise.allSettled(nodes.map((node) => readClusterState(node, timeoutMs)));
    const topologies = known.flatMap((each) => (each.status === 'fulfilled' ? [each.value.topology] : []));
    const newest = newestOf(topologies);
    if (newest === null) return;
    const conflicts = (await this.#tellAll(newest)).filter(({ conflict }) => conflict !== null);
    const isOwn = (address: NodeId): boolean => nodes.some(({ id }) => id === address);
    // Which of two is right about the own shard, nobody here can know.
    if (conflicts.some(({ address }) => isOwn(address))) return;
    const other = conflicts[0]?.conflict ?? null;
    const ownId = newest.members.find(({ address }) => isOwn(address))?.id;
    if (other === null || ownId === undefined) return;
    this.#options.log.warn({ version: newest.version }, 'two topologies of one version are being joined');
    await this.#tellAll(joinTopologies(newest, other, ownId));
  }

  async #tellAll(topology: Topology): Promise<readonly Told[]> {
    const told = await Promise.all(topology.members.map((member) => this.#tell(member, topology)));
    this.#report(told);
    return told;
  }

  async #tell(member: ClusterMember, topology: Topology): Promise<Told> {
    const { nodes, dial, timeoutMs, log } = this.#options;
    const { address } = member;
    const fine: Told = { address, problem: '', conflict: null };
    const own = nodes.find(({ id }) => id === address);
    const dialled = own === undefined ? dial(address) : null;
    const node = own ?? dialled;
    if (node === null) return fine;
    try {
      const { myId, topology: has, isMigrating } = await readClusterState(node, timeoutMs);
      if (has.version > topology.version) return fine;
      if (has.version === topology.version) {
        if (topologyLines(has) === topologyLines(topology)) return fine;
        return { address, problem: `was told another topology of version ${has.version}`, conflict: has };
      }
      // It would forget what it has moved, and the topology does not know it yet.
      if (isMigrating) return { address, problem: 'slots are on their way there', conflict: null };
      // Only a node that never had one: another id would be another node.
      if (myId === '') throwRefusal(await node.ask([['CLUSTERX', 'SETNODEID', member.id]], timeoutMs));
      throwRefusal(await node.ask([setNodes(topology)], timeoutMs));
      log.info({ node: address, version: topology.version, had: has.version }, 'a node was told the topology');
      return fine;
    } catch (error) {
      return { address, problem: error instanceof Error ? error.message : String(error), conflict: null };
    } finally {
      dialled?.close();
    }
  }

  /** Each problem is said once. */
  #report(told: readonly Told[]): void {
    const problems = new Map(
      told.filter(({ problem }) => problem !== '').map(({ address, problem }) => [address, problem]),
    );
    for (const [node, problem] of problems) {
      if (this.#problems.get(node) === problem) continue;
      this.#options.log.warn({ node, problem }, 'a node of the cluster does not know the topology');
    }
    this.#problems = problems;
  }
}

function throwRefusal([reply]: readonly unknown[]): void {
  if (reply instanceof NodeError) throw reply;
}
