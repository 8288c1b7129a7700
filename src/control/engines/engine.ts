import type { NodeId } from '../../config/node-address.js';
import type { EngineName, NodeFacts, RoleFacts } from '../../switchover/ports.js';
import type { NodeLink } from '../node-link.js';

/** What INFO says of a node beyond its role; {@link NodeFacts} without what the caller knows itself. */
export type EngineFacts = Omit<NodeFacts, 'node' | 'roundTripMs'>;

/**
 * How one kind of server is spoken to. An engine has no state: the link is an argument. Each method rejects with a
 * NodeError and keeps to its `timeoutMs`; the promises about "once", "in one write" and "atomically" are those of
 * {@link ShardNode}.
 */
export interface Engine {
  readonly name: EngineName;
  facts(link: NodeLink, timeoutMs: number): Promise<EngineFacts>;
  /** Rights that Holdfast's user lacks, as ACL rules name them. */
  missingRights(link: NodeLink, timeoutMs: number): Promise<readonly string[]>;
  role(link: NodeLink, timeoutMs: number): Promise<RoleFacts>;
  fence(link: NodeLink, pauseMs: number, timeoutMs: number): Promise<number>;
  masterOffset(link: NodeLink, timeoutMs: number): Promise<number>;
  extendFence(link: NodeLink, pauseMs: number, timeoutMs: number): Promise<void>;
  unfence(link: NodeLink, timeoutMs: number): Promise<void>;
  appliedOffset(link: NodeLink, timeoutMs: number): Promise<number>;
  promote(link: NodeLink, timeoutMs: number): Promise<void>;
  demote(link: NodeLink, master: NodeId, timeoutMs: number): Promise<void>;
  follow(link: NodeLink, master: NodeId, timeoutMs: number): Promise<void>;
  dropReplica(link: NodeLink, replica: NodeId, timeoutMs: number): Promise<void>;
  persist(link: NodeLink, timeoutMs: number): Promise<string>;
  syncCounters(link: NodeLink, timeoutMs: number): Promise<{ readonly full: number; readonly partial: number }>;
}
