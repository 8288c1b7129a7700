/**
 * The shard belongs to Sentinels: they are told to move the master, so that what they know stays right.
 *
 * 1. `survey`: do they name a master, and could they move it?
 * 2. `arrange`: Sentinel itself chooses whom it promotes, and knows the replicas from an INFO that is up to 10 s old. So the
 *    candidate gets the lowest `replica-priority`, and it is waited until the Sentinels have seen that (`sentinel-choice.ts`).
 *    All of them, because the one that is told may die before it has learnt what came of it; the others then fail over too.
 * 3. `promote`, behind the shut gate, when the candidate has everything: `SENTINEL FAILOVER` to that Sentinel. It promotes
 *    three ticks of its timer later, 50 to 100 ms each, and ends all connections to the candidate in the same transaction.
 * 4. The old master and the other replicas are told by Holdfast: Sentinel would begin a second later with the replicas, and
 *    ten with the old master. It finds everything as it wants it.
 * 5. `conclude`: the priority is put back. `persist`: the Sentinels have learnt of the promotion, within a second.
 *
 * A promotion without an answer: Sentinel goes on with a failover for `failover-timeout` (3 minutes by default), and what it
 * has sent may be on its way for longer. "Still a replica" counts only when this Sentinel has given up *and* its connections
 * to the candidate have been ended on the candidate.
 *
 * `SENTINEL FAILOVER … COORDINATED` of Valkey 9 is not used: it adds an election, and a FAILOVER that waits for an
 * acknowledgement that replicas send once a second. What it is for, that nothing is lost, is true here before it begins.
 */
import type { NodeId } from '../../config/node-address.js';
import { refuse, type Refusal } from '../../switchover/candidate.js';
import type { NodeReport } from '../../switchover/events.js';
import { NodeError, type Clock, type RoleFacts, type ShardNode } from '../../switchover/ports.js';
import type { Arrangement, StrategyTraits, Substitute, Survey, SwitchStrategy } from '../../switchover/strategy.js';
import { highestEpoch, judgeViews, type OwnPromotion } from '../sentinel/judge-views.js';
import type { PriorityLoan, PriorityNode } from '../sentinel/priority-loan.js';
import { judgeChoice, type Choice, type Objection } from '../sentinel/sentinel-choice.js';
import type { SentinelLink } from '../sentinel/sentinel-link.js';
import type { SentinelView } from '../sentinel/sentinel-view.js';
import type { NodeSet } from './node-set.js';

/** What a switch by Sentinel needs of a node. */
export interface SentinelNode extends ShardNode, PriorityNode {
  /** Ends the connections of all clients but this one; what they sent has run by then, or never will. */
  endClients(timeoutMs: number): Promise<void>;
}

export interface SentinelStrategyOptions {
  readonly nodes: NodeSet<SentinelNode>;
  readonly sentinels: readonly SentinelLink[];
  readonly loan: PriorityLoan;
  readonly clock: Clock;
  /** One question to one Sentinel, ms. */
  readonly timeoutMs: number;
  /** The Sentinels were made to promote `node`; they will know of it in a second. */
  readonly onPromoted: (promotion: OwnPromotion) => void;
}

/** A failover that a Sentinel was told to do, while it is not known what became of it. */
interface Failover {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly sentinel: SentinelLink;
}

/** Three ticks of 53 to 100 ms, the first of which is under way already. */
const PROMOTION_MS = 190;
/** A Sentinel reads the INFO of each node every 10 s; and it may be busy with the last failover for 2 s. */
const ARRANGE_TIMEOUT_MS = 15_000;
/** Between two looks at what the Sentinels know, ms. No client waits. */
const ARRANGE_POLL_MS = 50;
/** Between two questions to the candidate whether it is a master yet, ms. Clients wait. */
const PROMOTE_POLL_MS = 2;
/** Between two questions to Sentinel what it is at, ms: about its tick. */
const SENTINEL_POLL_MS = 100;

export class SentinelStrategy implements SwitchStrategy {
  readonly traits: StrategyTraits = {
    topology: 'sentinel',
    cutsConnections: true,
    arrangeTimeoutMs: ARRANGE_TIMEOUT_MS,
  };
  readonly #options: SentinelStrategyOptions;
  #own: OwnPromotion | null = null;
  /** Who will promote the candidate, and the highest epoch before it. */
  #chosen: { readonly sentinel: SentinelLink; readonly epoch: number } | null = null;
  #failover: Failover | null = null;

  constructor(options: SentinelStrategyOptions) {
    this.#options = options;
  }

  async survey(_reports: readonly NodeReport[], timeoutMs: number): Promise<Survey | Refusal> {
    const { sentinels } = this.#options;
    const asked = await Promise.all(sentinels.map((each) => each.view(timeoutMs).catch(wordsOf)));
    const views = asked.filter((view) => typeof view !== 'string');
    if (views.length === 0) return refuse('owner-unreachable', asked.map(String).join('; '));
    const naming = judgeViews(views, this.#own);
    if (naming.master === null) {
      return refuse(views.some(({ undecided }) => undecided) ? 'owner-refuses' : 'owner-disagrees', naming.problem);
    }
    const quorums = await Promise.all(sentinels.map((each) => each.quorum(timeoutMs).then(() => '', wordsOf)));
    if (!quorums.includes('')) return refuse('owner-refuses', quorums.join('; '));
    return { master: naming.master, promotionMs: PROMOTION_MS };
  }

  async arrange(from: NodeId, to: NodeId, timeoutMs: number): Promise<Arrangement> {
    const { clock, loan, nodes } = this.#options;
    // The last round of questions has to end in time.
    const end = clock.now() + timeoutMs - this.#options.timeoutMs;
    for (;;) {
      const choices = await this.#choices(from, to);
      const isLate = clock.now() >= end;
      const willing = choices.find(({ against }) => against === null);
      if (willing !== undefined && !choices.some(({ against }) => standsAgainst(against, isLate))) {
        this.#chosen = { sentinel: willing.sentinel, epoch: highestEpoch(choices.flatMap(({ view }) => view ?? [])) };
        const note = loan.isOn(to) ? `${to} had replica-priority 1 during the switch, so that Sentinel chose it` : '';
        return { beat: null, promotionMs: PROMOTION_MS, note };
      }
      const hopeless = choices.find(({ against }) => against?.kind === 'never');
      if (hopeless !== undefined || isLate) {
        throw new NodeError(to, 'refused', wordsOfAll(hopeless === undefined ? choices : [hopeless]));
      }
      if (choices.some(({ against }) => against?.kind === 'rival') && !loan.isOn(to)) {
        const { priority } = await nodes.get(to).facts(this.#options.timeoutMs);
        await loan.take(to, priority);
      }
      await this.#rest(ARRANGE_POLL_MS);
    }
  }

  async promote(from: NodeId, to: NodeId, timeoutMs: number): Promise<Substitute | void> {
    const { clock, loan } = this.#options;
    const end = clock.now() + timeoutMs;
    const chosen = this.#chosen;
    if (chosen === null) throw new NodeError(to, 'unsent', 'no Sentinel was chosen to promote it');
    const { sentinel } = chosen;
    this.#failover = { from, to, sentinel };
    loan.promoting();
    try {
      await sentinel.failover(timeoutMs);
    } catch (error) {
      const kind = error instanceof NodeError ? error.kind : 'unknown';
      if (kind !== 'unknown') this.#failover = null;
      throw new NodeError(to, kind, wordsOf(error));
    }
    let nextLook = clock.now() + SENTINEL_POLL_MS;
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = end - clock.now()) {
      // An error is good news as often as bad: the promotion ends this connection too.
      const role = await this.#options.nodes
        .get(to)
        .role(leftMs)
        .catch(() => null);
      if (role?.role === 'master') return this.#promoted(to);
      if (clock.now() >= nextLook) {
        const instead = await this.#substitute(leftMs).catch(() => null);
        if (instead !== null) return instead;
        if (await this.#hasGivenUp(leftMs)) throw new NodeError(to, 'refused', `${sentinel.id} gave the failover up`);
        nextLook = clock.now() + SENTINEL_POLL_MS;
      }
      await this.#rest(PROMOTE_POLL_MS);
    }
    throw new NodeError(to, 'unknown', `${sentinel.id} has not promoted it within ${timeoutMs} ms`);
  }

  async role(node: NodeId, timeoutMs: number): Promise<RoleFacts> {
    const failover = this.#failover;
    const control = this.#options.nodes.get(node);
    const role = await control.role(timeoutMs);
    if (failover?.to !== node) return role;
    if (role.role === 'master') {
      this.#promoted(node);
      return role;
    }
    await this.#endOfFailover(failover, timeoutMs);
    await control.endClients(timeoutMs);
    const proven = await control.role(timeoutMs);
    if (proven.role === 'master') this.#promoted(node);
    else this.#failover = null;
    return proven;
  }

  demote(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    return this.#options.nodes.get(node).demote(master, timeoutMs);
  }

  follow(node: NodeId, master: NodeId, timeoutMs: number): Promise<void> {
    // The clients are with the one that Sentinel promoted instead: nothing hangs on the candidate any more.
    if (this.#failover?.to === node) this.#failover = null;
    return this.#options.nodes.get(node).follow(master, timeoutMs);
  }

  async persist(node: NodeId, timeoutMs: number): Promise<string> {
    const { loan, nodes } = this.#options;
    if (this.#own?.node === node && !(await this.#isKnown(timeoutMs))) {
      throw new NodeError(node, 'refused', 'the Sentinels do not know yet that it is the master');
    }
    // What is written is what the node has at that moment.
    if (loan.isOn(node) && !(await loan.giveBack())) {
      throw new NodeError(node, 'refused', 'its replica-priority could not be put back yet');
    }
    return nodes.get(node).persist(timeoutMs);
  }

  conclude(): void {
    this.#chosen = null;
    // A master does not tell its priority: Sentinels go on believing what they saw before the promotion.
    void this.#options.loan.giveBack();
  }

  /** Whether most Sentinels that answer have heard of the last promotion. */
  async #isKnown(timeoutMs: number): Promise<boolean> {
    const own = this.#own;
    if (own === null) return true;
    const views = await this.#views(timeoutMs);
    const knowing = views.filter(({ configEpoch }) => configEpoch > own.aboveEpoch);
    if (knowing.length * 2 <= views.length) return false;
    if (this.#own === own) this.#own = null;
    return true;
  }

  async #views(timeoutMs: number): Promise<readonly SentinelView[]> {
    const asked = await Promise.all(this.#options.sentinels.map((each) => each.view(timeoutMs).catch(() => null)));
    return asked.filter((view) => view !== null);
  }

  /** Whom each Sentinel would promote. */
  async #choices(from: NodeId, to: NodeId): Promise<readonly Choice[]> {
    const { sentinels, timeoutMs } = this.#options;
    return Promise.all(
      sentinels.map(async (sentinel) => {
        try {
          const view = await sentinel.view(timeoutMs);
          return { sentinel, view, against: judgeChoice(view, await sentinel.replicas(timeoutMs), from, to) };
        } catch (error) {
          return { sentinel, view: null, against: { kind: 'silent', words: wordsOf(error) } };
        }
      }),
    );
  }

  /** Whom the Sentinel has promoted instead of the candidate, as soon as it says so; null: nobody. */
  async #substitute(timeoutMs: number): Promise<Substitute | null> {
    const failover = this.#failover;
    if (failover === null) return null;
    const { master } = await failover.sentinel.view(timeoutMs);
    if (master === failover.from || master === failover.to) return null;
    const { role, offset } = await this.#options.nodes.get(master).role(timeoutMs);
    return role === 'master' ? { node: master, offset } : null;
  }

  /** Whether it is certain that the failover has not promoted the candidate, and will not. */
  async #hasGivenUp(timeoutMs: number): Promise<boolean> {
    const failover = this.#failover;
    if (failover === null) return false;
    try {
      await this.#endOfFailover(failover, timeoutMs);
      return (await this.role(failover.to, timeoutMs)).role === 'replica';
    } catch {
      return false;
    }
  }

  /** Settles when the Sentinel is not at it any more and names the old master, or the candidate; else rejects as `unknown`. */
  async #endOfFailover({ from, to, sentinel }: Failover, timeoutMs: number): Promise<void> {
    const unknown = (why: string): NodeError => new NodeError(to, 'unknown', why);
    const view = await sentinel.view(timeoutMs).catch((error: unknown) => {
      throw unknown(`the Sentinel that was told to promote it does not answer (${wordsOf(error)})`);
    });
    if (view.failingOver) throw unknown(`the failover of ${sentinel.id} is still on`);
    if (view.master !== from && view.master !== to) throw unknown(`${sentinel.id} has promoted ${view.master} instead`);
  }

  #promoted(node: NodeId): void {
    this.#failover = null;
    this.#own = { node, aboveEpoch: this.#chosen?.epoch ?? -1 };
    this.#options.onPromoted(this.#own);
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(ms, resolve));
  }
}

/** Those that do not answer can not be waited for, and when time is up, those that do not see the candidate neither. */
function standsAgainst(against: Objection | null, isLate: boolean): boolean {
  if (against === null || against.kind === 'silent') return false;
  return against.kind === 'busy' || !isLate;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wordsOfAll(choices: readonly Choice[]): string {
  return choices.map(({ sentinel, against }) => `${sentinel.id}: ${against?.words ?? 'ready'}`).join('; ');
}
