import type { NodeId } from '../config/node-address.js';
import type { CandidateData, ConnectionIdentity, Intent } from './intent.js';
import { isSuccessorOf } from './extra-writes.js';
import type { RoleReading, SwitchoverReport, SwitchState } from './ports.js';

/** What to do at start. */
export type RecoveryPlan =
  /** One master. An unfinished switchover of which it is neither end is history: somebody else has moved it. */
  | { readonly type: 'serve'; readonly master: NodeId; readonly intent: Intent | null }
  /** A switchover that never promoted: the old master is the master; its pause, if it lasts, is to be ended. */
  | { readonly type: 'undo'; readonly master: NodeId; readonly intent: Intent }
  /** A switchover that promoted: serve the new master, demote the old one. */
  | { readonly type: 'finish'; readonly master: NodeId; readonly intent: Intent }
  /**
   * The candidate is a replica, and the promotion may yet reach it over a connection of an ended process: that one is to be ended first,
   * then the candidate to be asked again. Nothing is served until then.
   */
  | { readonly type: 'recall'; readonly intent: Intent; readonly connection: ConnectionIdentity }
  /** The last of several attempts has not promoted its candidate, and never will: what the one before has left is to be decided now. */
  | { readonly type: 'give-up'; readonly intent: Intent }
  /** Not to be decided now; ask again. Nothing is served until then. */
  | { readonly type: 'wait'; readonly problem: 'no-master' | 'intent-unclear'; readonly sentence: string }
  /**
   * The master that was served last, and another one out of whose stream it was promoted: a former master that was started again while
   * nobody looked. The caller has it follow again.
   */
  | { readonly type: 'succession'; readonly master: NodeId; readonly former: NodeId }
  /** Masters that no unfinished switchover explains: a person must decide. */
  | { readonly type: 'two-masters'; readonly masters: readonly NodeId[] };

/** The same, when all attempts that came to nothing are given up. */
export type RecoveryStep = Exclude<RecoveryPlan, { readonly type: 'give-up' }>;

/**
 * Decides what a starting Holdfast serves, from what it left behind and from what the nodes say of themselves (null: no
 * answer). Two masters are never served; of two that an unfinished switchover explains, the promoted one is the master:
 * it was promoted only when it had everything.
 */
export function planRecovery(state: SwitchState | null, roles: ReadonlyMap<NodeId, RoleReading | null>): RecoveryPlan {
  const claiming = [...roles].flatMap(([node, role]) => (role?.role === 'master' ? [node] : []));
  const intent = state?.intent ?? null;
  if (intent === null) return withoutIntent(claiming, state, roles);
  const { former = [] } = intent;
  // Replaced before, and not seen as replicas since: they are demoted, never served.
  const masters = claiming.filter((node) => !former.includes(node));

  if (masters.some((node) => node !== intent.from && node !== intent.to)) {
    const [only, second] = masters;
    // Somebody else moved the master meanwhile: the intent is history.
    return only !== undefined && second === undefined
      ? { type: 'serve', master: only, intent }
      : { type: 'two-masters', masters };
  }
  if (masters.includes(intent.to)) {
    const lack = lackOf(intent, state, roles);
    return lack === '' ? { type: 'finish', master: intent.to, intent } : unclear(lack);
  }
  const { unfinished } = intent;
  // Of two attempts to replace the same master the first may have succeeded; what was replaced before that is out of the question.
  const mayGiveUp = unfinished?.from === intent.from;
  if (!masters.includes(intent.from) && !mayGiveUp) return noMaster();
  // Unknown is not no: while the candidate is silent, it may have been promoted, and may have taken writes.
  if (roles.get(intent.to) === null) {
    return unclear(`${intent.to} may have been promoted by the switchover ${intent.id} and does not answer`);
  }
  const { connection } = intent;
  if (connection !== undefined) return { type: 'recall', intent, connection };
  if (unfinished !== undefined) return { type: 'give-up', intent };
  return former.length === 0 ? { type: 'undo', master: intent.from, intent } : finishFormer(intent, former);
}

/** The last promotion did not run, but those before it did: what they replaced has still to be demoted. */
function finishFormer({ id, from, to, startedAt }: Intent, [first = to, ...former]: readonly NodeId[]): RecoveryPlan {
  const finished = { id, from: first, to: from, startedAt, unplanned: true, former } as const;
  return { type: 'finish', master: from, intent: finished };
}

/**
 * Why a candidate that says it is a master is not believed to be the promoted one; empty: it is. One that has crashed and came back empty
 * says so too. Where clients were led to it, or the old master follows, it is the master whatever it has.
 */
function lackOf(intent: Intent, state: SwitchState | null, roles: ReadonlyMap<NodeId, RoleReading | null>): string {
  const { id, from, to, had } = intent;
  const candidate = roles.get(to) ?? null;
  const wasServed = state?.history.some((report) => report.id === id && report.outcome === 'switched') === true;
  if (had === undefined || candidate === null || wasServed || roles.get(from)?.role === 'replica') return '';
  if (candidate.offset >= had.offset && !beganAnew(candidate, had)) return '';
  return (
    `${to} says that it is a master, but has not the data that it had before the switchover ${id} (its offset is ${candidate.offset}, ` +
    `and was ${had.offset}): make it a replica; or, if all is there, make ${from} its replica`
  );
}

/** A promoted node names the stream that it goes on from, also when it has been started again with that data. */
function beganAnew({ replId, replId2 }: RoleReading, had: CandidateData): boolean {
  return had.replId !== undefined && replId !== undefined && replId !== had.replId && replId2 === undefined;
}

function withoutIntent(
  masters: readonly NodeId[],
  state: SwitchState | null,
  roles: ReadonlyMap<NodeId, RoleReading | null>,
): RecoveryPlan {
  const [only, second, third] = masters;
  if (only === undefined) return noMaster();
  const last = state?.history.at(-1);
  if (second !== undefined && third === undefined) {
    const [master, former] = state?.master === second ? [second, only] : [only, second];
    const [one, other] = [roles.get(master) ?? null, roles.get(former) ?? null];
    const isKnown = state?.master === master && one !== null && other !== null && isSuccessorOf(one, other);
    if (isKnown) return { type: 'succession', master, former };
  }
  if (second === undefined && last?.newMaster === only && last.oldMaster !== null && isUnsettled(last)) {
    const { id, oldMaster: from, startedAt, kind } = last;
    const unplanned = kind === 'failover' ? { unplanned: true as const } : {};
    return { type: 'finish', master: only, intent: { id, from, to: only, startedAt, ...unplanned } };
  }
  return second === undefined ? { type: 'serve', master: only, intent: null } : { type: 'two-masters', masters };
}

/** The old master has taken its order, or there would be an intent; another node may still follow it. */
function isUnsettled({ outcome, settled }: SwitchoverReport): boolean {
  return outcome === 'switched' && !settled;
}

function unclear(sentence: string): RecoveryPlan {
  return { type: 'wait', problem: 'intent-unclear', sentence };
}

function noMaster(): RecoveryPlan {
  return { type: 'wait', problem: 'no-master', sentence: 'no node says that it is a master' };
}
