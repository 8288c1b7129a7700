import type { NodeId } from '../config/node-address.js';

/** Whom the owner of the roles names as the master, or why nobody. */
export type Naming =
  { readonly master: NodeId; readonly problem?: never } | { readonly master: null; readonly problem: string };

/**
 * Whoever owns the roles of the shard (Sentinels, a controller, a cluster), as the monitor hears him. The master is then the
 * node that he names *and* that says of itself that it is one.
 */
export interface TopologySource {
  /** How he is called in sentences. */
  readonly owner: string;
  /** Begins to listen. `onNews` is called when it is worth while to look at the nodes at once. */
  start(onNews: () => void): void;
  stop(): void;
  /** Asks him; part of each round of the monitor. Settles within `timeoutMs`, never rejects: without an answer, the last one stands. */
  ask(timeoutMs: number): Promise<void>;
  /** What follows from his last answers; null: nothing, and the nodes are believed. */
  naming(): Naming | null;
}
