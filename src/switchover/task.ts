import type { NodeId } from '../config/node-address.js';
import type { Call } from './effects.js';
import type { Resync } from './ports.js';

/** One node on its way onto the new master's stream. */
export interface Task {
  readonly node: NodeId;
  /**
   * The old master is demoted and its pause renewed until then; a lost one is demoted as soon as it answers; the others are
   * re-pointed.
   */
  readonly kind: 'old-master' | 'lost-master' | 'new-master' | 'replica';
  readonly step: TaskWork | 'renewing' | 'waiting' | 'done';
  readonly call: Call;
  /** What is done after `waiting`. */
  readonly next: TaskWork;
  /** Whether the node has taken the order to follow the new master. */
  readonly ordered: boolean;
  /** The node has been seen as a replica of the new master. */
  readonly heeded: boolean;
  readonly failures: number;
  /** The last trouble, else empty. */
  readonly why: string;
  readonly sawFullSync: boolean;
  readonly resync: Resync;
  /** Why the node would not keep its role over a restart, else empty. */
  readonly unpersisted: string;
  /** What a former master has that the master has not, see {@link extraWrites}. 0 before it is known. */
  readonly extraWrites: number | null;
  /** A person has said that this may be lost. */
  readonly isLossAccepted: boolean;
}

type TaskWork = 'examining' | 'demoting' | 'following' | 'verifying' | 'counting' | 'persisting' | 'confirming';
