/**
 * kvrocks-controller owns the topology of a Kvrocks cluster: it keeps it in a store of its own, brings it to the nodes, and overwrites
 * what it finds there.
 *
 * 1. Survey: the nodes are one shard of its topology, and have the version that it has.
 * 2. Arrange: the topology is read again, from the controller that leads; the connection to it stays open.
 * 3. Promote: its failover endpoint is asked for exactly that node. It pauses the old master too (as Holdfast has), finds the node in
 *    sync, stores the next topology, and tells both nodes.
 * 4. Demote, follow: it does that itself; here it is verified.
 *
 * It replaces a node that it finds unfit by another one, silently. That one is then the master: the controller has waited until it had
 * everything, and its offset is held against what the candidate had to have.
 *
 * An answer that is lost is pursued (`controller/failover.ts`). As long as it may still run, nothing that a replica says about itself
 * proves anything.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeId } from '../../config/node-address.js';
import { refuse, type Refusal } from '../../switchover/candidate.js';
import type { NodeReport } from '../../switchover/events.js';
import { NodeError, type RoleFacts } from '../../switchover/ports.js';
import type { Arrangement, StrategyTraits, Substitute, Survey, SwitchStrategy } from '../../switchover/strategy.js';
import type { ControlNode } from '../control-node.js';
import { type ControllerClient, type ClusterReading, type FailoverOrder } from '../controller/controller-client.js';
import { runFailover, type FailoverOutcome, type FailoverPlan } from '../controller/failover.js';
import { surveyOwned } from '../controller/survey-owned.js';
import { TIMED_OUT, within } from '../deadline.js';
import { rememberTopology } from '../kvrocks-cluster/remember-topology.js';
import type { NodeSet } from './node-set.js';

/** Reading the topology once more, and a leader that has just changed, ms. */
const ARRANGE_TIMEOUT_MS = 2000;

/** Its own pause and look at the offsets (a few ms), the store (10 ms and more), and the timer of Kvrocks (50 ms on the average). */
const PROMOTION_MS = 70;

/** Between two looks whether a node was told already, ms. */
const LOOK_AGAIN_MS = 5;

/** A failover that `to` has not shown to have run; without an outcome nothing is known of it yet. */
interface LostFailover {
  readonly to: NodeId;
  outcome: FailoverOutcome | null;
}

export class KvrocksControllerStrategy implements SwitchStrategy {
  readonly traits: StrategyTraits = {
    topology: 'kvrocks-controller',
    cutsConnections: false,
    sharesPause: true,
    arrangeTimeoutMs: ARRANGE_TIMEOUT_MS,
  };
  readonly #nodes: NodeSet<ControlNode>;
  readonly #client: ControllerClient;
  readonly #options: FailoverOrder['options'];
  #plan: (FailoverPlan & { readonly addresses: ReadonlyMap<string, NodeId> }) | null = null;
  #lost: LostFailover | null = null;

  constructor(nodes: NodeSet<ControlNode>, client: ControllerClient, options: FailoverOrder['options']) {
    this.#nodes = nodes;
    this.#client = client;
    this.#options = options;
  }

  async survey(reports: readonly NodeReport[], timeoutMs: number): Promise<Survey | Refusal> {
    let reading: ClusterReading;
    try {
      reading = await this.#client.read(timeoutMs);
    } catch (error) {
      return refuse('owner-unreachable', wordsOf(error));
    }
    const answering = reports.filter((report) => 'facts' in report).map(({ node }) => this.#nodes.get(node));
    const master = await surveyOwned(reading.cluster, answering, timeoutMs);
    return typeof master === 'string' ? { master, promotionMs: PROMOTION_MS } : master;
  }

  async arrange(from: NodeId, to: NodeId, timeoutMs: number): Promise<Arrangement> {
    const { cluster, leader } = await this.#client.read(timeoutMs);
    const shard = cluster.shards.find(({ nodes }) => nodes.some(({ address }) => address === to));
    const [old, candidate] = [from, to].map((node) => shard?.nodes.find(({ address }) => address === node));
    if (shard === undefined || old?.role !== 'master' || candidate?.role !== 'replica') {
      throw new NodeError(to, 'refused', 'the topology has changed meanwhile');
    }
    const addresses = new Map(shard.nodes.map(({ id, address }) => [id, address]));
    this.#plan = { leader, shard: shard.index, version: cluster.version, from: old.id, to: candidate.id, addresses };
    return { beat: null, promotionMs: PROMOTION_MS, note: '' };
  }

  async promote(from: NodeId, to: NodeId, timeoutMs: number): Promise<Substitute | void> {
    const plan = this.#plan;
    if (plan === null) throw new NodeError(to, 'unsent', 'nothing was arranged');
    const until = performance.now() + timeoutMs;
    const lost: LostFailover = { to, outcome: null };
    const running = runFailover(this.#client, plan, this.#options).then((outcome) => (lost.outcome = outcome));
    const outcome = await within(running, timeoutMs);
    if (outcome !== TIMED_OUT && outcome.type === 'not-done') {
      throw new NodeError(to, 'refused', `the controller: ${outcome.why}`);
    }
    this.#lost = lost;
    if (outcome === TIMED_OUT) throw new NodeError(to, 'unknown', 'no answer of the controller');
    if (outcome.type === 'open') throw new NodeError(to, 'unknown', outcome.why);
    const node = outcome.type === 'promoted' ? to : plan.addresses.get(outcome.node);
    if (node === undefined) throw new NodeError(to, 'unknown', 'the controller has promoted a node that is not known');
    const { offset } = await this.#untilMaster(node, from, until);
    this.#lost = null;
    if (node !== to) return { node, offset };
  }

  async role(node: NodeId, timeoutMs: number): Promise<RoleFacts> {
    const facts = await this.#nodes.get(node).role(timeoutMs);
    const lost = this.#lost;
    if (lost?.to !== node || facts.role === 'master') return facts;
    if (lost.outcome === null || lost.outcome.type === 'open') {
      throw new NodeError(node, 'unknown', 'the controller may still make it the master');
    }
    if (lost.outcome.type === 'promoted') throw new NodeError(node, 'unknown', 'the controller has not told it yet');
    return facts;
  }

  async demote(node: NodeId, _master: NodeId, timeoutMs: number): Promise<void> {
    const { role } = await this.role(node, timeoutMs);
    if (role === 'master') throw new NodeError(node, 'refused', 'the controller has not demoted it yet');
    await this.#nodes.get(node).endPause(timeoutMs);
  }

  async follow(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    const { role, follows } = await this.role(node, timeoutMs);
    if (role === 'replica' && follows?.node === master) return;
    throw new NodeError(node, 'refused', 'the controller has not re-pointed it yet');
  }

  persist(node: NodeId, timeoutMs: number): Promise<string> {
    return rememberTopology(this.#nodes.get(node), timeoutMs);
  }

  /** A failover that is lost stays so until it is known what became of it. */
  conclude(): void {
    this.#plan = null;
  }

  /**
   * The controller answers also when it could not tell a node; its prober does that later. But it has ended the pause of the old master, which
   * may not have been told either.
   */
  async #untilMaster(node: NodeId, from: NodeId, until: number): Promise<RoleFacts> {
    for (let looks = 1; ; looks++) {
      const leftMs = Math.ceil(until - performance.now());
      if (leftMs <= 0) throw new NodeError(node, 'unknown', 'the controller has not told it yet');
      const facts = await this.#nodes.get(node).role(leftMs);
      if (facts.role === 'master') return facts;
      if (looks === 1) this.#pauseAnew(from, leftMs);
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** Not waited for: it is paused anew, or can not be reached by anybody. */
  #pauseAnew(node: NodeId, timeoutMs: number): void {
    this.#nodes
      .get(node)
      .extendFence(this.#options.pause_timeout_ms, timeoutMs)
      .catch(() => undefined);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
