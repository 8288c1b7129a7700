import type { NodeId } from '../../config/node-address.js';
import { PREFERRED_PRIORITY } from './priority-loan.js';
import type { SentinelLink } from './sentinel-link.js';
import type { ReplicaView, SentinelView } from './sentinel-view.js';

/** Why a Sentinel, told to fail over now, would not do what is wanted. */
export interface Objection {
  /**
   * `busy`: it moves the master, or is about to; nobody else should at the same time. `rival`: another replica might be chosen,
   * unless the candidate's priority is lowered. `later`: it may be different in a moment. `never`: it will not. `silent`: it
   * does not answer.
   */
  readonly kind: 'busy' | 'rival' | 'later' | 'never' | 'silent';
  readonly words: string;
}

/** What one Sentinel would do. */
export interface Choice {
  readonly sentinel: SentinelLink;
  /** Null: it does not answer. */
  readonly view: SentinelView | null;
  /** Null: it would promote the candidate. */
  readonly against: Objection | null;
}

/**
 * Whether a Sentinel would promote `to`. It takes the lowest `replica-priority`, of several the highest offset, of several
 * the lowest run id (`sentinelSelectSlave` in sentinel.c). Offsets are as old as its last INFO, and it may read a new one
 * between our look and its choice: only the priority decides for certain.
 */
export function judgeChoice(
  view: SentinelView,
  replicas: readonly ReplicaView[],
  from: NodeId,
  to: NodeId,
): Objection | null {
  if (view.failingOver) return { kind: 'busy', words: 'it is busy with another failover' };
  if (view.masterDown) return { kind: 'busy', words: `it takes ${view.master} for dead` };
  if (view.master !== from) return { kind: 'later', words: `it names ${view.master} as the master` };
  const candidate = replicas.find(({ node }) => node === to);
  if (candidate === undefined) return { kind: 'later', words: `it knows no replica ${to}` };
  if (candidate.unfit !== '') return { kind: 'later', words: `it would not promote ${to}: ${candidate.unfit}` };
  // One that is down may be back in a moment.
  const rival = replicas.find(({ node, priority }) => node !== to && priority > 0 && priority <= candidate.priority);
  if (rival === undefined) return null;
  const words = `it might promote ${rival.node}, which has replica-priority ${rival.priority}`;
  return { kind: candidate.priority <= PREFERRED_PRIORITY ? 'never' : 'rival', words };
}
