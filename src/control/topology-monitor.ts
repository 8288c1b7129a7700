/**
 * Who is the master, and what is wrong with whom.
 *
 * 1. Every `intervalMs` all nodes are asked in one round, so that their answers speak of the same moment. Where somebody owns
 *    the roles, so is he, and his news begins a round at once.
 * 2. A round ends when every node has answered or failed; a node that was silent last time is not waited for.
 * 3. `decideMaster` reads the answers. A picture that takes the master away is looked at once more before it is believed:
 *    half of somebody else's failover looks like two masters or none.
 * 4. What changed is logged and told to the listener.
 *
 * Without a master rounds follow each other faster: clients wait for the result. While a switch runs the monitor is
 * suspended: it would read the switch's own steps as news, and cost time in the stall.
 */
import type { NodeView, TopologyView } from '../admin/ports.js';
import type { NodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import type { Clock, RoleReading } from '../switchover/ports.js';
import type { LostMaster } from '../switchover/run.js';
import { decideMaster, isNamed, type MasterDecision } from './decide-master.js';
import { NodeProbe, type ProbedNode } from './node-probe.js';
import type { TopologySource } from './topology-source.js';

/** Who wants to know of changes. */
export interface TopologyListener {
  /** Another master, or none any more; then `problem` says why. Not called for what {@link TopologyMonitor.resume} is told. */
  masterChanged(master: NodeId | null, problem: string): void;
  /** Former masters call themselves masters again, while another one is the master; told in each round. */
  returned(nodes: readonly NodeId[], master: NodeId): void;
  /** A node has got a problem, another one, or (empty) none any more. */
  problemChanged(node: NodeId, problem: string): void;
}

export interface TopologyMonitorOptions {
  /** Connections of the monitor's own: a slow answer must not stand before a command of the switch. */
  readonly nodes: readonly ProbedNode[];
  /** Who owns the roles; null: the nodes are believed. */
  readonly source: TopologySource | null;
  readonly listener: TopologyListener;
  readonly clock: Clock;
  readonly log: Logger;
  /** `probe_interval_ms`. */
  readonly intervalMs: number;
  /** The patience with one node. */
  readonly timeoutMs: number;
}

/** Between two rounds while there is no master. Clients wait; refused dials on a few nodes cost next to nothing. */
const SEARCH_INTERVAL_MS = 100;

export class TopologyMonitor implements TopologyView {
  readonly #options: TopologyMonitorOptions;
  readonly #probes: readonly NodeProbe[];
  #state: 'idle' | 'watching' | 'suspended' | 'stopped' = 'idle';
  #master: NodeId | null = null;
  #problem = 'the nodes have not been asked yet';
  #masters: readonly NodeId[] = [];
  #nodeProblems: ReadonlyMap<NodeId, string> = new Map();
  #superseded: ReadonlySet<NodeId> = new Set();
  #returned: ReadonlySet<NodeId> = new Set();
  /** Counts up at each suspend and stop: a round of an earlier generation has nothing to say any more. */
  #generation = 0;
  #cancelTimer: () => void = () => undefined;
  #inRound = false;
  /** Who waits for the round under way, and who for the one behind it. */
  #waitingForThis: readonly (() => void)[] = [];
  readonly #waitingForNext: (() => void)[] = [];

  constructor(options: TopologyMonitorOptions) {
    this.#options = options;
    this.#probes = options.nodes.map((node) => new NodeProbe(node, options.clock));
  }

  /** Begins to watch. Nodes that are down are asked again and again. */
  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'watching';
    this.#options.source?.start(() => void this.look());
    this.#beginRound();
  }

  /** Stops watching and closes the connections. */
  stop(): void {
    this.#pause('stopped');
    this.#options.source?.stop();
    for (const probe of this.#probes) probe.node.close();
  }

  /** Lets the picture stand as it is until {@link resume}. */
  suspend(): void {
    if (this.#state === 'watching') this.#pause('suspended');
  }

  /**
   * Watches again, from what the switch knows.
   *
   * @param master The master it left behind; null when it does not know.
   * @param superseded Nodes that may still call themselves masters until they are demoted.
   */
  resume(master: NodeId | null, superseded: readonly NodeId[] = []): void {
    if (this.#state !== 'suspended' && this.#state !== 'watching') return;
    this.#pause('suspended');
    this.#state = 'watching';
    this.#superseded = new Set(superseded);
    // What was seen before the switch says nothing of the roles behind it.
    this.#masters = [];
    for (const probe of this.#probes) {
      if (probe.id === master) probe.assumeMaster();
      else probe.forget();
    }
    this.#master = master;
    this.#problem = master === null ? 'it is not known which node is the master after a switchover' : '';
    this.#beginRound();
  }

  /** Asks all nodes now. Settles when the answers have been weighed (at once while nothing is watched). */
  look(): Promise<void> {
    if (this.#state !== 'watching') return Promise.resolve();
    return new Promise((resolve) => {
      this.#waitingForNext.push(resolve);
      // A round under way may have asked too early; another one follows it.
      if (!this.#inRound) this.#beginRound();
    });
  }

  master(): NodeId | null {
    return this.#master;
  }

  problem(): string {
    return this.#problem;
  }

  masters(): readonly NodeId[] {
    return this.#masters;
  }

  /** What every node says of its role; null: it does not answer. A master that the owner of the roles does not name, or that has come back as one, is none. */
  roles(): ReadonlyMap<NodeId, RoleReading | null> {
    const naming = this.#options.source?.naming() ?? null;
    return new Map(
      this.#probes.map((probe) => {
        const { id } = probe;
        const { facts } = probe.reading();
        const counts = isNamed(id, naming) && !this.#returned.has(id);
        return [id, facts?.role === 'master' && !counts ? { ...facts, role: 'replica' } : facts];
      }),
    );
  }

  /** What a node last said as a master, and since when it has been silent; null: it is none of the configured nodes. */
  lastSeen(node: NodeId): Omit<LostMaster, 'force'> | null {
    const probe = this.#probes.find(({ id }) => id === node);
    if (probe === undefined) return null;
    const { lastFacts, seenAt, silentSince } = probe;
    const wasMaster = lastFacts?.role === 'master';
    return { node, facts: wasMaster ? lastFacts : null, seenAt: wasMaster ? seenAt : null, silentSince };
  }

  nodes(): readonly NodeView[] {
    const now = this.#options.clock.now();
    const masterOffset = this.#probes.find((probe) => probe.id === this.#master)?.lastFacts?.offset;
    return this.#probes.map((probe) => {
      const { facts } = probe.reading();
      const last = probe.lastFacts;
      const offset = last?.offset ?? 0;
      return {
        node: probe.id,
        up: facts !== null,
        role: facts?.role ?? 'unknown',
        engine: last?.engine ?? 'unknown',
        version: last?.version ?? '',
        offset,
        // The replica may have been read a moment after the master.
        lag: last === null || masterOffset === undefined ? 0 : Math.max(0, masterOffset - offset),
        priority: last?.priority ?? 0,
        problem: this.#nodeProblems.get(probe.id) ?? '',
        seenMsAgo: now - probe.seenAt,
      };
    });
  }

  #pause(state: 'suspended' | 'stopped'): void {
    this.#state = state;
    this.#generation += 1;
    this.#inRound = false;
    this.#cancelTimer();
    for (const probe of this.#probes) probe.disregard();
    this.#answerWaiting();
    // Nobody is to wait for a round that will not be held.
    this.#waitingForThis = this.#waitingForNext.splice(0);
    this.#answerWaiting();
  }

  #beginRound(): void {
    this.#cancelTimer();
    this.#inRound = true;
    void this.#round();
  }

  async #round(): Promise<void> {
    const generation = this.#generation;
    this.#waitingForThis = this.#waitingForNext.splice(0);
    let decision = await this.#picture();
    if (decision.master === null && this.#master !== null) decision = await this.#picture();
    if (generation !== this.#generation) return;
    this.#adopt(decision);
    this.#inRound = false;
    this.#answerWaiting();
    if (this.#waitingForNext.length > 0) this.#beginRound();
    else this.#schedule();
  }

  async #picture(): Promise<MasterDecision> {
    const { timeoutMs, source } = this.#options;
    const answers = this.#probes.map((probe) => {
      const { silent } = probe;
      const answer = probe.probe(timeoutMs);
      return silent ? Promise.resolve() : answer;
    });
    await Promise.all([...answers, source?.ask(timeoutMs)]);
    const readings = this.#probes.map((probe) => probe.reading());
    return decideMaster(readings, this.#superseded, source?.naming() ?? null, this.#master);
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#options;
    const delayMs = this.#master === null ? Math.min(intervalMs, SEARCH_INTERVAL_MS) : intervalMs;
    this.#cancelTimer = clock.schedule(delayMs, () => this.#beginRound());
  }

  /** The one place where the picture changes. */
  #adopt({ master, problem, nodeProblems, returned }: MasterDecision): void {
    const { log, listener } = this.#options;
    const before = { master: this.#master, problem: this.#problem, nodeProblems: this.#nodeProblems };
    this.#master = master;
    this.#problem = problem;
    this.#nodeProblems = nodeProblems;
    this.#masters = this.#probes.filter((probe) => probe.reading().facts?.role === 'master').map(({ id }) => id);
    this.#returned = new Set(returned);
    this.#forgetDemoted();

    if (master === null && problem !== before.problem) log.warn({ problem }, 'the shard has no master to serve');
    if (master !== before.master) {
      if (master !== null) log.info({ master, before: before.master }, 'the shard has a master');
      this.#tell(() => listener.masterChanged(master, problem));
    }
    for (const { id } of this.#probes) {
      const now = nodeProblems.get(id) ?? '';
      if (now === (before.nodeProblems.get(id) ?? '')) continue;
      if (now === '') log.info({ node: id }, 'the node is right again');
      else log.warn({ node: id, problem: now }, 'a node of the shard is not right');
      this.#tell(() => listener.problemChanged(id, now));
    }
    if (master !== null && returned.length > 0) this.#tell(() => listener.returned(returned, master));
  }

  /** A node that has been seen as a replica was demoted: should it call itself a master later on, that is news again. */
  #forgetDemoted(): void {
    const roles = this.roles();
    this.#superseded = new Set([...this.#superseded].filter((node) => roles.get(node)?.role !== 'replica'));
  }

  /** A listener that throws must not end the watch. */
  #tell(say: () => void): void {
    try {
      say();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a listener of the topology failed');
    }
  }

  #answerWaiting(): void {
    for (const answer of this.#waitingForThis) answer();
    this.#waitingForThis = [];
  }
}
