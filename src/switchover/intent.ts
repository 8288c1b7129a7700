import type { NodeId } from '../config/node-address.js';

/** A connection as the *server* knows it; enough to end it from another one (`CLIENT KILL ID … ADDR …`). */
export interface ConnectionIdentity {
  readonly id: string;
  readonly addr: string;
}

/** What is written before the gate is closed, so that a restart can finish or undo the switch. */
export interface Intent {
  readonly id: string;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly startedAt: string;
  /**
   * The one connection over which the promotion may be sent, as `to` names it. As long as it stands here, what was sent over it may run
   * yet. Absent: ended, or the server does not name it.
   */
  readonly connection?: ConnectionIdentity | undefined;
  /** What `to` had then; promoted, it has at least that. Absent: nobody has asked. */
  readonly had?: CandidateData | undefined;
  /** A failover: `from` was dead, and nobody waits for it. */
  readonly unplanned?: true | undefined;
  /** No switch: `from` came back as a master, and is to follow `to` again. */
  readonly rejoin?: true | undefined;
  /** Further nodes that may call themselves masters, and are not: to be demoted when they answer. */
  readonly former?: readonly NodeId[] | undefined;
  /** What an attempt before this one has left. It counts again when this one comes to nothing. */
  readonly unfinished?: Intent | undefined;
}

/** The intent, and what it stands on, newest first. */
export function attemptsOf(intent: Intent | null | undefined): readonly Intent[] {
  return intent === null || intent === undefined ? [] : [intent, ...attemptsOf(intent.unfinished)];
}

/**
 * What is left of an intent when the attempt of that id is over.
 *
 * @param isSwitched it has promoted its candidate, and what those before it have left was its business too.
 */
export function withoutAttempt(intent: Intent | null, id: string, isSwitched: boolean): Intent | null {
  if (intent === null) return null;
  if (intent.id === id) return isSwitched ? null : (intent.unfinished ?? null);
  return intent.unfinished === undefined ? intent : onTopOf(intent, withoutAttempt(intent.unfinished, id, isSwitched));
}

/** The intent of an attempt that follows what another one has left. */
export function onTopOf(intent: Intent, unfinished: Intent | null): Intent {
  return { ...intent, unfinished: unfinished ?? undefined };
}

/** How far a replica has got, in which stream. */
export interface CandidateData {
  readonly offset: number;
  /** `master_replid`; absent: not known. */
  readonly replId?: string | undefined;
}
