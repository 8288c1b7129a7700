import type { NodeId } from '../../config/node-address.js';

/** A candidate waits for votes for two node time-outs, two seconds at least, and asks anew only after twice that. */
const LEAST_AUTH_TIMEOUT_MS = 2000;

interface Asked {
  readonly voteRequests: number;
  /** By then the last of them had been sent. */
  readonly byMs: number;
}

/**
 * When the nodes of the shard last asked for votes, and were last voted out. A cluster lets a node begin an election only a
 * while after its last one, and the other masters vote about one master only once in a while; both keep silent when they
 * decline, so a switch that comes too early would hold the clients for nothing. Nobody tells these times: they are what was
 * seen from outside, never earlier than the truth.
 */
export class Elections {
  readonly #asked = new Map<NodeId, Asked>();
  readonly #votedOut = new Map<NodeId, number>();

  /** A node has said how many requests for votes it has sent since its start. */
  seen(node: NodeId, voteRequests: number, atMs: number): void {
    if (this.#asked.get(node)?.voteRequests === voteRequests) return;
    this.#asked.set(node, { voteRequests, byMs: voteRequests === 0 ? Number.NEGATIVE_INFINITY : atMs });
  }

  /** Another node has been elected in the place of `master`, or has tried to be. */
  votedOut(master: NodeId, atMs: number): void {
    this.#votedOut.set(master, atMs);
  }

  /** How long it may take until `node` begins an election when it is asked to, ms; 0: it would at once. */
  untilAskingMs(node: NodeId, nodeTimeoutMs: number, nowMs: number): number {
    const byMs = this.#asked.get(node)?.byMs ?? Number.NEGATIVE_INFINITY;
    return Math.max(0, byMs + 2 * Math.max(2 * nodeTimeoutMs, LEAST_AUTH_TIMEOUT_MS) - nowMs);
  }

  /** How long it may take until the others vote about `master`, ms; 0: they would at once. */
  untilVotedAboutMs(master: NodeId, nodeTimeoutMs: number, nowMs: number): number {
    const at = this.#votedOut.get(master) ?? Number.NEGATIVE_INFINITY;
    return Math.max(0, at + 2 * nodeTimeoutMs - nowMs);
  }
}
