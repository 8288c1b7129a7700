import type { NodeId } from '../config/node-address.js';
import type { Effect } from './effects.js';
import type { Failure, NodeReport, Reply } from './events.js';
import { examine } from './examination.js';
import { attemptsOf, type ConnectionIdentity, type Intent } from './intent.js';
import { NodeError, type Clock, type RoleFacts, type ShardNode } from './ports.js';
import type { SwitchStrategy } from './strategy.js';

/** The effects that are commands to nodes. */
export type NodeEffect = Extract<
  Effect,
  {
    readonly type:
      | 'inspect'
      | 'arrange'
      | 'persist'
      | 'measure'
      | 'fence'
      | 'read-applied'
      | 'extend'
      | 'promote'
      | 'unfence'
      | 'read-role'
      | 'examine'
      | 'demote'
      | 'follow'
      | 'read-counters';
  }
>;

/** A node that keeps to its time-out has answered by then, ms; one that has not is taken to be silent. */
const GRACE_MS = 100;

/** Turns effects into commands to nodes, and their answers into replies. */
export class NodeCaller {
  readonly #nodes: ReadonlyMap<NodeId, ShardNode>;
  readonly #strategy: SwitchStrategy;
  readonly #clock: Clock;
  /** The processes that the nodes were when they were looked at last. */
  readonly #runIds = new Map<NodeId, string>();
  /** Connections over which ended processes may have sent promotions that run yet. */
  #inherited: readonly { readonly node: NodeId; readonly connection: ConnectionIdentity }[] = [];

  constructor(nodes: ReadonlyMap<NodeId, ShardNode>, strategy: SwitchStrategy, clock: Clock) {
    this.#nodes = nodes;
    this.#strategy = strategy;
    this.#clock = clock;
  }

  /** The nodes of the shard, in configured order. */
  ids(): readonly NodeId[] {
    return [...this.#nodes.keys()];
  }

  /** Carries out one effect. Rejects with what failed. */
  async call(effect: NodeEffect): Promise<Reply> {
    switch (effect.type) {
      // In the hold: straight to the node, the machine's deadline is the bound.
      case 'fence': {
        const node = this.#node(effect.node);
        const offset = await (effect.pauseMs > 0
          ? node.fence(effect.pauseMs, effect.timeoutMs)
          : node.masterOffset(effect.timeoutMs));
        return { type: 'fenced', offset };
      }
      case 'read-applied':
        return { type: 'applied', offset: await this.#node(effect.node).appliedOffset(effect.timeoutMs) };
      case 'promote':
        return this.#promote(effect);
      // Beside the traffic.
      case 'inspect':
        return this.#survey(effect);
      case 'arrange': {
        const { from, to, timeoutMs } = effect;
        const arrange = () => this.#strategy.arrange(from, to, timeoutMs);
        return { type: 'arranged', arrangement: await this.#bounded(to, timeoutMs, arrange) };
      }
      case 'measure':
        return this.#measure(effect);
      default:
        return this.#bounded(effect.node, effect.timeoutMs, async () => {
          await this.#node(effect.node).connect(effect.timeoutMs);
          return this.#order(effect);
        });
    }
  }

  /** What an ended process has left: before a node's word counts, the connection that may promote it yet is ended. */
  inherit(left: Intent | null): void {
    this.#inherited = attemptsOf(left).flatMap(({ to, connection }) =>
      connection === undefined || !this.#nodes.has(to) ? [] : [{ node: to, connection }],
    );
  }

  /** The intent with the connection that the promotion will take; it takes no other then. */
  pledge(intent: Intent): Intent {
    const connection = this.#node(intent.to).pledgeConnection();
    return connection === null ? intent : { ...intent, connection };
  }

  /** Ends a connection of an ended process on that node, and asks for its role behind it. Rejects with what failed. */
  recall(node: NodeId, connection: ConnectionIdentity, timeoutMs: number): Promise<RoleFacts> {
    return this.#bounded(node, timeoutMs, async () => {
      await this.#node(node).connect(timeoutMs);
      await this.#node(node).endConnection(connection, timeoutMs);
      return this.#strategy.role(node, timeoutMs);
    });
  }

  /** Rejects with what failed. */
  async #endInherited(id: NodeId, timeoutMs: number): Promise<void> {
    for (const each of this.#inherited.filter(({ node }) => node === id)) {
      await this.#node(id).endConnection(each.connection, timeoutMs);
      this.#inherited = this.#inherited.filter((other) => other !== each);
    }
  }

  async #promote({ from, node, timeoutMs }: Extract<NodeEffect, { readonly type: 'promote' }>): Promise<Reply> {
    const instead = await this.#strategy.promote(from, node, timeoutMs);
    return typeof instead === 'object' ? { type: 'promoted', instead } : { type: 'promoted' };
  }

  async #order(effect: Extract<NodeEffect, { readonly node: NodeId }>): Promise<Reply> {
    const node = this.#node(effect.node);
    switch (effect.type) {
      case 'extend':
        await node.extendFence(effect.pauseMs, effect.timeoutMs);
        return { type: 'extended' };
      case 'unfence':
        await node.unfence(effect.timeoutMs);
        return { type: 'unfenced' };
      case 'read-role':
        await this.#endInherited(effect.node, effect.timeoutMs);
        return { type: 'role', role: await this.#strategy.role(effect.node, effect.timeoutMs) };
      case 'examine': {
        const [former, master] = await Promise.all([
          node.facts(effect.timeoutMs),
          this.#node(effect.master).facts(effect.timeoutMs),
        ]);
        const examination = examine(former, master, effect.forkOffset, this.#runIds);
        for (const { node: id, runId } of [former, master]) this.#runIds.set(id, runId);
        return { type: 'examined', ...examination };
      }
      case 'demote':
        await this.#strategy.demote(effect.node, effect.master, effect.timeoutMs);
        return { type: 'demoted' };
      case 'follow':
        await this.#strategy.follow(effect.node, effect.master, effect.timeoutMs);
        return { type: 'followed' };
      case 'persist':
        return { type: 'persisted', problem: await this.#strategy.persist(effect.node, effect.timeoutMs) };
      case 'read-counters':
        return { type: 'counted', counters: await node.syncCounters(effect.timeoutMs) };
      default:
        return this.call(effect);
    }
  }

  /** The nodes first: what the owner of the roles says is held against what they say. */
  async #survey({ nodes, timeoutMs }: Extract<NodeEffect, { readonly type: 'inspect' }>): Promise<Reply> {
    const reports = await Promise.all(nodes.map((id) => this.#inspect(id, timeoutMs)));
    return { type: 'inspected', reports, survey: await this.#strategy.survey(reports, timeoutMs) };
  }

  async #inspect(id: NodeId, timeoutMs: number): Promise<NodeReport> {
    try {
      const node = this.#node(id);
      await this.#bounded(id, timeoutMs, () => node.connect(timeoutMs));
      await this.#bounded(id, timeoutMs, () => this.#endInherited(id, timeoutMs));
      const facts = await this.#bounded(id, timeoutMs, () => node.facts(timeoutMs));
      this.#runIds.set(id, facts.runId);
      // It is refused for that, and answers little else.
      if (facts.loading) return { node: id, facts };
      const missingRights = await this.#bounded(id, timeoutMs, () => node.missingRights(timeoutMs));
      return { node: id, facts: { ...facts, missingRights } };
    } catch (error) {
      return { node: id, error: failureOf(error) };
    }
  }

  /** The master first: what the candidate has applied afterwards is then never too small a share of it. */
  async #measure({ from, to, timeoutMs }: Extract<NodeEffect, { readonly type: 'measure' }>): Promise<Reply> {
    const [master, candidate] = [this.#node(from), this.#node(to)];
    const [fromMs, toMs] = await Promise.all([
      this.#bounded(from, timeoutMs, () => master.roundTrip(timeoutMs)),
      this.#bounded(to, timeoutMs, () => candidate.roundTrip(timeoutMs)),
    ]);
    const masterOffset = await this.#bounded(from, timeoutMs, () => master.masterOffset(timeoutMs));
    const candidateOffset = await this.#bounded(to, timeoutMs, () => candidate.appliedOffset(timeoutMs));
    const counters = await this.#bounded(to, timeoutMs, () => candidate.syncCounters(timeoutMs));
    return { type: 'measured', masterOffset, candidateOffset, counters, roundTripMs: { from: fromMs, to: toMs } };
  }

  /** Rejects as `unknown` when a node does not keep to its own time-out. */
  #bounded<T>(id: NodeId, timeoutMs: number, ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const silent = () => reject(new NodeError(id, 'unknown', 'no answer'));
      const cancel = this.#clock.schedule(timeoutMs + GRACE_MS, silent);
      // `ask` is async: what it throws at once rejects too.
      void ask().then(resolve, reject).finally(cancel);
    });
  }

  #node(id: NodeId): ShardNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`${id} is not one of the configured nodes`);
    return node;
  }
}

/** What a caught value says. */
export function failureOf(error: unknown): Failure {
  if (error instanceof NodeError) return { kind: error.kind, code: error.code, message: error.message };
  return { kind: 'internal', code: '', message: error instanceof Error ? error.message : String(error) };
}
