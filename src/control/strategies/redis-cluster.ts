/**
 * A Redis or Valkey Cluster: the masters elect the new master, on the candidate's request.
 *
 * 1. Survey: the nodes are one shard of the cluster, it is whole, and no slots are on their way (a new master would know
 *    nothing of that).
 * 2. Arrange: the master knows the candidate as its replica (it would not hear it otherwise), so do the masters that vote,
 *    and an election may be begun now ({@link Elections}).
 * 3. Promote: `CLUSTER FAILOVER`. `+OK` says that it was taken down, no more; so the candidate is asked for its role, back to
 *    back, until it is a master. When that takes too long it is called off: `CLUSTER REPLICATE` of the old master ends the
 *    request, or is refused by a node that has become a master, so that afterwards nothing is left to come.
 * 4. Demote, follow: the nodes do that by themselves. Held writers are let go when the old master is a replica; they are
 *    answered MOVED.
 *
 * Not `FORCE`: it skips asking the old master for its offset, which Holdfast knows to be reached, but it begins only with
 * the candidate's next timer (measured on Redis 7.0.15: 13 to 103 ms, against 2.5 to 17 ms, mostly 3). Not `TAKEOVER`: it
 * takes 1.5 ms, but asks nobody for a vote, and so may give a node that is cut off from the majority the same epoch as the
 * one that is elected there; when they meet again, the writes of one of the two are gone.
 *
 * The price: a switch that the cluster does not carry out leaves the old master paused by itself, for five seconds from the
 * request on. No command of a client ends that pause.
 */
import type { NodeId } from '../../config/node-address.js';
import { refuse, type Refusal } from '../../switchover/candidate.js';
import type { NodeReport } from '../../switchover/events.js';
import { NodeError, type Clock, type RoleFacts } from '../../switchover/ports.js';
import type { Arrangement, StrategyTraits, Survey, SwitchStrategy } from '../../switchover/strategy.js';
import type { ControlNode } from '../control-node.js';
import { masterOf, readClusterView, type ClusterView } from '../redis-cluster/cluster-view.js';
import type { Elections } from '../redis-cluster/elections.js';
import { askVoters, type Voter } from '../redis-cluster/voters.js';
import type { NodeSet } from './node-set.js';

/** What a node does not know of another one yet it is told within seconds, as they ping each other, ms. */
const PATIENCE_MS = 5000;
const LOOK_AGAIN_MS = 50;
/** Patience with one node, ms. */
const ANSWER_MS = 1000;

/** From the request to the role: the old master's offset, the votes, and their way over the cluster's bus, ms (measured). */
const PROMOTION_MS = 3;

/** Left of `promote_timeout_ms` for calling off, ms. */
const CALL_OFF_MS = 500;

/** A request for a failover is forgotten after 5 s; by then it has been, whatever the timers did, ms. */
const FORGOTTEN_AFTER_MS = 6000;

/** A promotion that may still come true. */
interface OpenRequest {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly sentAt: number;
}

export class RedisClusterStrategy implements SwitchStrategy {
  readonly traits: StrategyTraits = {
    topology: 'redis-cluster',
    cutsConnections: false,
    arrangeTimeoutMs: PATIENCE_MS + 2 * ANSWER_MS,
  };
  readonly #nodes: NodeSet<ControlNode>;
  readonly #dial: (address: string) => Voter;
  readonly #elections: Elections;
  readonly #clock: Clock;
  /** What the nodes call themselves. */
  readonly #ids = new Map<NodeId, string>();
  /** The nodes by their addresses, as the cluster spells them. */
  readonly #byAddress = new Map<string, NodeId>();
  #open: OpenRequest | null = null;

  /** @param dial another connection, to any node of the cluster. */
  constructor(nodes: NodeSet<ControlNode>, dial: (address: string) => Voter, elections: Elections, clock: Clock) {
    this.#nodes = nodes;
    this.#dial = dial;
    this.#elections = elections;
    this.#clock = clock;
  }

  async survey(reports: readonly NodeReport[], timeoutMs: number): Promise<Survey | Refusal> {
    const answering = reports.flatMap((report) => ('facts' in report ? [report.node] : []));
    let views: readonly (readonly [NodeId, ClusterView])[];
    try {
      views = await Promise.all(answering.map(async (node) => [node, await this.#read(node, timeoutMs)] as const));
    } catch (error) {
      return refuse('owner-refuses', error instanceof Error ? error.message : String(error));
    }
    return this.#judge(views);
  }

  async arrange(from: NodeId, to: NodeId, timeoutMs: number): Promise<Arrangement> {
    await this.#checkRights(to, timeoutMs);
    const endsAt = this.#clock.now() + PATIENCE_MS;
    for (;;) {
      const problem = await this.#problemOf(from, to, Math.min(timeoutMs, ANSWER_MS));
      if (problem === '') return { beat: null, promotionMs: PROMOTION_MS, note: '' };
      if (this.#clock.now() + LOOK_AGAIN_MS > endsAt) throw new NodeError(to, 'refused', problem);
      await new Promise<void>((resolve) => this.#clock.schedule(LOOK_AGAIN_MS, resolve));
    }
  }

  async promote(from: NodeId, to: NodeId, timeoutMs: number): Promise<void> {
    const node = this.#nodes.get(to);
    const sentAt = this.#clock.now();
    const [reply] = await this.#sendOnce({ from, to, sentAt }, timeoutMs);
    if (reply instanceof NodeError) {
      this.#open = null;
      throw reply;
    }
    this.#elections.votedOut(from, sentAt);
    const giveUpAt = sentAt + timeoutMs - Math.min(CALL_OFF_MS, timeoutMs / 2);
    try {
      do {
        const { role } = await node.role(sentAt + timeoutMs - this.#clock.now());
        if (role === 'master') {
          this.#open = null;
          return;
        }
      } while (this.#clock.now() < giveUpAt);
      if (await this.#callOff(sentAt + timeoutMs - this.#clock.now())) return;
    } catch (error) {
      throw new NodeError(to, 'unknown', error instanceof Error ? error.message : String(error));
    }
    throw new NodeError(
      to,
      'refused',
      `the cluster did not elect it within ${Math.round(this.#clock.now() - sentAt)} ms`,
    );
  }

  async role(node: NodeId, timeoutMs: number): Promise<RoleFacts> {
    const found = await this.#nodes.get(node).role(timeoutMs);
    if (this.#open?.to === node && found.role === 'replica' && (await this.#callOff(timeoutMs))) {
      return this.role(node, timeoutMs);
    }
    const { follows } = found;
    if (follows === undefined) return found;
    return { ...found, follows: { ...follows, node: this.#byAddress.get(follows.node) ?? follows.node } };
  }

  async demote(node: NodeId, _master: NodeId, timeoutMs: number): Promise<void> {
    const { role } = await this.#nodes.get(node).role(timeoutMs);
    if (role === 'master') throw new NodeError(node, 'refused', 'the cluster has not made it a replica yet');
    await this.#nodes.get(node).endPause(timeoutMs);
  }

  async follow(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    const { follows } = await this.role(node, timeoutMs);
    if (follows?.node !== master) throw new NodeError(node, 'refused', 'the cluster has not re-pointed it yet');
  }

  /** Every node keeps what it knows of the cluster in a file. */
  persist(): Promise<string> {
    return Promise.resolve('');
  }

  conclude(): void {
    // What was arranged was only looked at.
  }

  #judge(views: readonly (readonly [NodeId, ClusterView])[]): Survey | Refusal {
    for (const [node, { isOk }] of views) {
      if (!isOk) return refuse('owner-refuses', `${node} says cluster_state:fail`);
    }
    const [first] = views.flatMap(([, view]) => (masterOf(view)?.id === view.myId ? [view] : []));
    const master = [...this.#ids].find(([, id]) => id === first?.myId)?.[0];
    if (first === undefined || master === undefined) return { master: null, promotionMs: PROMOTION_MS };
    const stranger = views.find(([, view]) => masterOf(view)?.id !== first.myId);
    if (stranger !== undefined) {
      const [node, view] = stranger;
      return refuse(
        'owner-disagrees',
        `${node} belongs to ${masterOf(view)?.address ?? 'no master'}, not to ${master}`,
      );
    }
    const me = first.members.find(({ id }) => id === first.myId);
    if (me?.hasSlots !== true) return refuse('owner-refuses', `${master} has no slots: nobody votes for its replicas`);
    if (me.isMigrating) return refuse('owner-refuses', `slots of ${master} are on their way`);
    const waitMs = this.#elections.untilVotedAboutMs(master, first.nodeTimeoutMs, this.#clock.now());
    if (waitMs > 0) return refuse('owner-refuses', `the others vote about ${master} again only ${inTime(waitMs)}`);
    return { master, promotionMs: PROMOTION_MS };
  }

  /** Both are refused for what they say, and change nothing; whoever may not say them is told that first. */
  async #checkRights(node: NodeId, timeoutMs: number): Promise<void> {
    const probes = ['FAILOVER', 'REPLICATE'].map((command) => ['CLUSTER', command, '?']);
    const replies = await this.#nodes.get(node).ask(probes, timeoutMs);
    const forbidden = replies.find((reply) => reply instanceof NodeError && reply.code === 'NOPERM');
    if (forbidden instanceof NodeError) throw forbidden;
  }

  /** @returns why an election would fail now, which may be over in a moment; empty when it should not. */
  async #problemOf(from: NodeId, to: NodeId, timeoutMs: number): Promise<string> {
    const [master, candidate] = await Promise.all([this.#read(from, timeoutMs), this.#read(to, timeoutMs)]);
    const waitMs = this.#elections.untilAskingMs(to, candidate.nodeTimeoutMs, this.#clock.now());
    if (waitMs > 0) {
      throw new NodeError(to, 'refused', `it asked for votes not long ago and asks again only ${inTime(waitMs)}`);
    }
    const seen = master.members.find(({ id }) => id === candidate.myId);
    if (seen?.role !== 'replica' || seen.masterId !== master.myId) return `${from} does not know it as its replica yet`;
    if (seen.failing || masterOf(candidate)?.failing === true) {
      return `it and ${from} do not reach each other on the cluster's bus`;
    }
    const { voters, unaware } = await askVoters(master, candidate.myId, this.#dial, timeoutMs);
    if (2 * (voters - unaware) > voters) return '';
    return `${unaware} of ${voters} masters do not know it as a replica of ${from} yet`;
  }

  async #read(node: NodeId, timeoutMs: number): Promise<ClusterView> {
    const view = await readClusterView(this.#nodes.get(node), timeoutMs);
    this.#ids.set(node, view.myId);
    const me = view.members.find(({ id }) => id === view.myId);
    if (me !== undefined) this.#byAddress.set(me.address, node);
    this.#elections.seen(node, view.voteRequests, this.#clock.now());
    return view;
  }

  async #sendOnce(request: OpenRequest, timeoutMs: number) {
    this.#open = request;
    try {
      return await this.#nodes.get(request.to).promoteBy([['CLUSTER', 'FAILOVER']], timeoutMs);
    } catch (error) {
      if (error instanceof NodeError && error.kind === 'unsent') this.#open = null;
      throw error;
    }
  }

  /**
   * Ends the open request on the candidate. @returns true when it has come true, false when it never will. Rejects as
   * `unknown` as long as that is not known.
   */
  async #callOff(timeoutMs: number): Promise<boolean> {
    const request = this.#open;
    if (request === null) return false;
    const { from, to, sentAt } = request;
    const node = this.#nodes.get(to);
    const [ended] = await node.ask([['CLUSTER', 'REPLICATE', this.#ids.get(from) ?? '']], timeoutMs);
    const { role } = await node.role(timeoutMs);
    const isForgotten = this.#clock.now() - sentAt > FORGOTTEN_AFTER_MS;
    if (role === 'replica' && ended instanceof NodeError && !isForgotten) {
      throw new NodeError(to, 'unknown', `the failover could not be called off (${ended.message})`);
    }
    this.#open = null;
    return role === 'master';
  }
}

function inTime(ms: number): string {
  return `in ${(ms / 1000).toFixed(1)} s (cluster-node-timeout)`;
}
