import type { NodeId } from '../config/node-address.js';
import { silenceOf } from '../switchover/silence.js';
import { NodeError, type Clock, type NodeFacts } from '../switchover/ports.js';
import type { NodeReading } from './decide-master.js';

/** What the monitor needs of a node; {@link ControlNode} is one. */
export interface ProbedNode {
  readonly id: NodeId;
  facts(timeoutMs: number): Promise<NodeFacts>;
  close(): void;
}

/** Silences in a row after which a node counts as down. One may be a hiccup, here or there. */
const SILENCES_UNTIL_DOWN = 2;

/** What is known of one node, and how it is asked again. */
export class NodeProbe {
  readonly node: ProbedNode;
  readonly #clock: Clock;
  #facts: NodeFacts | null = null;
  #lastFacts: NodeFacts | null = null;
  #error = '';
  #cameBackAsMaster = false;
  #silences = 0;
  #silentSince: number | null = null;
  #seenAt: number;
  #running: Promise<void> | null = null;
  #generation = 0;

  constructor(node: ProbedNode, clock: Clock) {
    this.node = node;
    this.#clock = clock;
    this.#seenAt = clock.now();
  }

  get id(): NodeId {
    return this.node.id;
  }

  /** Its last probe was not answered: nobody should wait for the next one. */
  get silent(): boolean {
    return this.#silences > 0;
  }

  /** When it last answered; before it ever did, when it was first known. */
  get seenAt(): number {
    return this.#seenAt;
  }

  /**
   * When the first question was asked that got no answer, if none got one since, monotonic ms; null: it answers, or nothing
   * can be said. An answer is whatever the server says, errors too.
   */
  get silentSince(): number | null {
    return this.#silentSince;
  }

  /** What it last said, also while it is down. */
  get lastFacts(): NodeFacts | null {
    return this.#lastFacts;
  }

  reading(): NodeReading {
    return {
      node: this.id,
      facts: this.#facts,
      silent: this.silent || this.#facts === null,
      error: this.#error,
      cameBackAsMaster: this.#cameBackAsMaster,
    };
  }

  /** Asks the node, one question at a time. Settles when it has answered or failed; never rejects. */
  probe(timeoutMs: number): Promise<void> {
    if (this.#running !== null) return this.#running;
    const running = this.#ask(timeoutMs).finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  /** An answer that is under way speaks of a time that is over: it will be dropped. */
  disregard(): void {
    this.#generation += 1;
    this.#running = null;
    this.#silentSince = null;
  }

  /** What it was is over; until it answers again it counts as down. */
  forget(): void {
    this.#facts = null;
  }

  /** It has been made a master; what else it said may still be so. */
  assumeMaster(): void {
    if (this.#lastFacts === null) return;
    const facts = { ...this.#lastFacts, role: 'master' as const };
    delete facts.follows;
    this.#facts = facts;
  }

  async #ask(timeoutMs: number): Promise<void> {
    const generation = this.#generation;
    const askedAt = this.#clock.now();
    try {
      const facts = await this.node.facts(timeoutMs);
      if (generation === this.#generation) this.#answered(facts);
    } catch (error) {
      if (generation === this.#generation) this.#failed(error, askedAt);
    }
  }

  #answered(facts: NodeFacts): void {
    if (facts.role !== 'master') this.#cameBackAsMaster = false;
    else if (this.#lastFacts !== null && this.#lastFacts.runId !== facts.runId) this.#cameBackAsMaster = true;
    // A stream that goes on under another name: it was a replica between two looks, and somebody has promoted it.
    else if (this.#lastFacts !== null && this.#lastFacts.replId !== facts.replId) this.#cameBackAsMaster = false;
    this.#facts = facts;
    this.#lastFacts = facts;
    this.#error = '';
    this.#silences = 0;
    this.#silentSince = null;
    this.#seenAt = this.#clock.now();
  }

  #failed(error: unknown, askedAt: number): void {
    this.#error = wordsOf(error);
    const kind = error instanceof NodeError ? error.kind : 'unknown';
    const isSilent = error instanceof NodeError && silenceOf(error) === 'silent';
    this.#silentSince = isSilent ? (this.#silentSince ?? askedAt) : null;
    // A server that is busy with a script answers BUSY to everything: it is there, and what it was it still is.
    if (error instanceof NodeError && error.code === 'BUSY') return;
    this.#silences = kind === 'unknown' ? this.#silences + 1 : 0;
    if (kind !== 'unknown' || this.#silences >= SILENCES_UNTIL_DOWN) this.#facts = null;
  }
}

/** The words without the address in front: they stand beside the node's name already. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const prefix = error instanceof NodeError ? `${error.node}: ` : '';
  return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
}
