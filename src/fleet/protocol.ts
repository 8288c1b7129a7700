import type { ClientView, TrafficCounters } from '../admin/ports.js';
import type { NodeId } from '../config/node-address.js';
import type { HoldMode } from '../proxy/gate/gate.js';
import type { PeerQuestion } from '../proxy/peers.js';

/** A switch, by its number: a member refuses what belongs to another one than it is in. */
interface InRound {
  readonly round: number;
}

/** The state in which a member takes part from now on. */
export interface JoinState {
  readonly master: NodeId | null;
  /** The pause that a client asked for; null: none is on. */
  readonly pause: { readonly leftMs: number; readonly mode: HoldMode } | null;
  /** How long writes are still held by hand; 0: they are not. */
  readonly handMs: number;
}

/** What a member counts. */
export interface MemberFigures {
  readonly counters: TrafficCounters;
  readonly refused: readonly { readonly listener: string; readonly reason: string; readonly count: number }[];
}

/** A member has closed its gate, and its writes in flight are answered. */
export interface HoldAnswer {
  readonly heldClients: number;
  /** False: until the gate opens nobody there hears anything that has not been asked for. */
  readonly someoneListens: boolean;
}

/** One of {@link PeerQuestions}. */
export interface PeerRequest {
  readonly name: PeerQuestion;
  readonly words: unknown;
}

/** What the coordinator asks of a member. */
export type Orders = {
  /** Before this, nothing is served. */
  join: { ask: JoinState; answer: null };
  /** See `DataPath.prepare`. */
  prepare: { ask: InRound & { target: NodeId; timeoutMs: number }; answer: number };
  discardPrepared: { ask: null; answer: null };
  /** The gate is closed at once; answered when all writes in flight are answered. */
  hold: { ask: InRound; answer: HoldAnswer };
  /** See `DataPath.mark`; asked only where somebody listens. */
  mark: { ask: InRound & { timeoutMs: number }; answer: null };
  /** `round` 0: no switch holds the gate. Answered when nothing goes to the old master. @returns how many clients are held. */
  redirect: { ask: InRound & { target: NodeId }; answer: number };
  /** Answered when nothing is sent to any node. */
  withdraw: { ask: null; answer: null };
  release: { ask: InRound; answer: null };
  /** Somebody else made this node the master. */
  serve: { ask: { node: NodeId }; answer: null };
  look: { ask: null; answer: MemberFigures };
  /** A page for Prometheus: what the process itself is like. */
  metrics: { ask: null; answer: string };
  clients: { ask: null; answer: readonly ClientView[] };
  holdByHand: { ask: { ms: number }; answer: null };
  releaseByHand: { ask: null; answer: null };
  /** Another member asks. */
  peer: { ask: PeerRequest; answer: unknown };
  /** The TLS files have changed, perhaps. */
  reload: { ask: null; answer: null };
  /** The end: answered when every connection has ended. */
  drain: { ask: { graceMs: number }; answer: null };
};

/** What a member tells the coordinator. */
export type Reports = {
  /** It has begun, and can join. */
  ready: { ask: null; answer: null };
  /** Who holds its gate, whenever that has changed. */
  gate: { ask: readonly string[]; answer: null };
  /** How long commands were held, ms. */
  held: { ask: readonly (readonly [number, 'released' | 'failed'])[]; answer: null };
  /** To be asked of all other members. @returns the answers of those who gave one. */
  askOthers: { ask: PeerRequest; answer: readonly unknown[] };
  /** The roles may have changed. Answered when all nodes have been asked, and the members told what follows. */
  doubt: { ask: null; answer: null };
  /** A connection that was handed over has arrived. */
  took: { ask: { id: number }; answer: null };
  /** So many of its connections have ended. */
  left: { ask: { connections: number }; answer: null };
};
