import type { NodeId } from '../config/node-address.js';
import type { Intent } from './effects.js';
import type { RoleFacts, SwitchState } from './ports.js';

/** What to do at start. */
export type RecoveryPlan =
  /** One master, and nothing unfinished. */
  | { readonly type: 'serve'; readonly master: NodeId }
  /** A switchover that never promoted: the old master is the master; its pause, if it lasts, is to be ended. */
  | { readonly type: 'undo'; readonly master: NodeId; readonly intent: Intent }
  /** A switchover that promoted: serve the new master, demote the old one. */
  | { readonly type: 'finish'; readonly master: NodeId; readonly intent: Intent }
  /** Not to be decided now; ask again. Nothing is served until then. */
  | { readonly type: 'wait'; readonly problem: 'no-master' | 'intent-unclear'; readonly sentence: string }
  /** Masters that no unfinished switchover explains: a person must decide. */
  | { readonly type: 'two-masters'; readonly masters: readonly NodeId[] };

/**
 * Decides what a starting Holdfast serves, from what it left behind and from what the nodes say of themselves (null: no
 * answer). Two masters are never served; of two that an unfinished switchover explains, the promoted one is the master:
 * it was promoted only when it had everything.
 */
export function planRecovery(state: SwitchState | null, roles: ReadonlyMap<NodeId, RoleFacts | null>): RecoveryPlan {
  const masters = [...roles].flatMap(([node, role]) => (role?.role === 'master' ? [node] : []));
  const intent = state?.intent ?? null;
  if (intent === null) return withoutIntent(masters);

  if (masters.some((node) => node !== intent.from && node !== intent.to)) {
    const [only, second] = masters;
    // Somebody else moved the master meanwhile: the intent is history.
    return only !== undefined && second === undefined
      ? { type: 'serve', master: only }
      : { type: 'two-masters', masters };
  }
  if (masters.includes(intent.to)) return { type: 'finish', master: intent.to, intent };
  if (!masters.includes(intent.from)) return noMaster();
  // Unknown is not no: while the candidate is silent, it may have been promoted, and may have taken writes.
  if (roles.get(intent.to) === null) {
    const sentence = `${intent.to} may have been promoted by the switchover ${intent.id} and does not answer`;
    return { type: 'wait', problem: 'intent-unclear', sentence };
  }
  return { type: 'undo', master: intent.from, intent };
}

function withoutIntent(masters: readonly NodeId[]): RecoveryPlan {
  const [only, second] = masters;
  if (only === undefined) return noMaster();
  return second === undefined ? { type: 'serve', master: only } : { type: 'two-masters', masters };
}

function noMaster(): RecoveryPlan {
  return { type: 'wait', problem: 'no-master', sentence: 'no node says that it is a master' };
}
