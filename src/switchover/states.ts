import type { Call } from './effects.js';
import type { Appointing, Electing } from './failover-states.js';
import type { RoleFacts } from './ports.js';
import { unansweredPromotion } from './unanswered-promotion.js';
import type { AbortReason, UnresolvedReason } from './reasons.js';
import type { Run, Switch } from './run.js';
import type { Task } from './task.js';

/**
 * Where the switch stands. Between `holding` and the state after `opened`, the gate is closed; `promoting` is the point of
 * no return.
 *
 * ```
 *  serving ─▶ inspecting ─▶ preparing ─▶ measuring ◀─▶ arranging      (…) recording ─▶ timing ─▶ holding ─▶ (…)
 *     ▲            └────────────┴────────────┼────────────┴──refused──────────┴─────────┘
 *     │                                      └─▶ recording
 *     │   holding ─▶ draining ─▶ fencing ─▶ catching-up ─▶ extending ─▶ promoting ─▶ resolving ─▶ unresolved
 *     │      └──────────┴──aborting─┴────────────┴─────────────┘            │             │            │
 *     │                      ▲  └─▶ serving                                 │             │            │
 *     │                      └──────────────────── promoting, resolving     │             │            │
 *     └──────────── settling ◀────────────────────────────────────── redirecting ◀────────┘            │
 *                      ▲───────────────────────────────────────────────────────────────────────────────┘
 *
 *  serving, settling, unresolved ─▶ electing ─▶ appointing ─▶ promoting ─▶ (…)      a failover: the master is dead
 *                                      └─refused   └─▶ aborting: the outage goes on
 * ```
 */
export type State =
  | Serving
  | Inspecting
  | Preparing
  | Measuring
  | Arranging
  | Recording
  | Timing
  | Electing
  | Appointing
  | Holding
  | Draining
  | Fencing
  | CatchingUp
  | Extending
  | Promoting
  | Resolving
  | Redirecting
  | Retreating
  | Aborting
  | Settling
  | Unresolved
  | Stopped;

export type StateName = State['type'];

/** What a later switch may interrupt, and what is taken up again if that switch does not happen. */
export type Interrupted = Settling | Unresolved;

/** No switchover is running and everything is settled. */
export interface Serving {
  readonly type: 'serving';
}

/** Preflight 1: all nodes are being connected to and read. */
export interface Inspecting {
  readonly type: 'inspecting';
  readonly run: Run;
  readonly interrupted: Interrupted | null;
  readonly call: Call;
  readonly deadline: Call;
}

/** What the states of preflight share once the two nodes are known. */
interface Preflight {
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  readonly call: Call;
  /** `preflight_timeout_ms`, one for all steps up to the last preparations, and one from there. */
  readonly deadline: Call;
}

/** Preflight 2: the data path opens its connections to the candidate. */
export interface Preparing extends Preflight {
  readonly type: 'preparing';
}

/** Preflight 3: the offsets are read again, so that the lag and its rate are known. */
export interface Measuring extends Preflight {
  readonly type: 'measuring';
  readonly step: 'reading' | 'waiting';
  /** How often the candidate was found too far behind. */
  readonly laggedReadings: number;
}

/** Preflight 4: the strategy makes its last preparations; then the lag is measured once more. */
export interface Arranging extends Preflight {
  readonly type: 'arranging';
}

/** Preflight 5: the intent is being made durable. */
export interface Recording extends Preflight {
  readonly type: 'recording';
}

/** Preflight 6: the moment is awaited at which the gate is to be closed, so that the promotion meets a beat of the candidate. */
export interface Timing extends Preflight {
  readonly type: 'timing';
}

/** What the states of the hold share. */
interface Hold {
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  /** `sync_timeout_ms`, one for drain, fence and catch-up. */
  readonly deadline: Call;
}

/** The gate is being closed, in the same turn. */
export interface Holding extends Hold {
  readonly type: 'holding';
  readonly call: Call;
}

/** The replies of the writes in flight are awaited. */
export interface Draining extends Hold {
  readonly type: 'draining';
  readonly call: Call;
}

/**
 * The old master is being paused and asked for its offset T; the candidate's offset is read at the same time: whenever
 * it was read, a value ≥ T proves what is to be proven, and often saves a round trip.
 */
export interface Fencing extends Hold {
  readonly type: 'fencing';
  readonly call: Call;
  readonly sentAt: number;
  readonly reading: Call;
}

/** T is known, and the candidate is read again and again until it has applied it. */
export interface CatchingUp extends Hold {
  readonly type: 'catching-up';
  readonly reading: Call;
}

/** The candidate is ready, but the pause might end before the promotion does: it is being extended. */
export interface Extending extends Hold {
  readonly type: 'extending';
  readonly call: Call;
  readonly sentAt: number;
}

/**
 * The promotion has been sent, and the data path marks the moment for those who listen (where the promotion cuts
 * connections: behind it, on new ones). Both are awaited.
 */
export interface Promoting extends Hold {
  readonly type: 'promoting';
  readonly call: Call;
  /** Null once that is done, or not yet begun. */
  readonly marking: Call | null;
  /** The data path opens its connections behind the promotion, which has cut those that were. Null when it does not. */
  readonly preparing: Call | null;
}

/** What is asked of one node, over and over, while a promotion is unresolved. */
export interface Probe {
  readonly call: Call;
  readonly step: 'reading' | 'waiting';
  /** What the node said last; null when it did not answer. */
  readonly role: RoleFacts | null;
  readonly failures: number;
}

/** What `resolving` and `unresolved` share. */
export interface Unknown {
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  /** The promotion itself, while its answer may still come: it would settle the question. */
  readonly promotion: Call | null;
  readonly from: Probe;
  readonly to: Probe;
  /** The pause of the old master is being renewed; `sentAt` is when that was sent. */
  readonly renewal: { readonly call: Call; readonly sentAt: number } | null;
}

/** The answer to the promotion was lost; both nodes are asked for their roles, and the gate stays shut. */
export interface Resolving extends Unknown {
  readonly type: 'resolving';
  /** `resolve_timeout_ms`. */
  readonly deadline: Call;
}

/** The candidate is the master; the data path is told, and the gate is opened as soon as all of it has heard. */
export interface Redirecting {
  readonly type: 'redirecting';
  readonly sw: Switch;
  readonly step: 'telling' | 'opening';
  /** When the old master's pause is renewed, and then the answer to that; null: it has none, or needs it no more. */
  readonly renewal: Call | null;
  readonly call: Call;
}

/** The hold came too late for the candidate's beat: the gate is opened and the pause ended, and then it is closed anew. */
export interface Retreating {
  readonly type: 'retreating';
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  /** Null once the gate is open. */
  readonly opening: Call | null;
  /** Null once the pause has ended, or was never begun. */
  readonly unfence: Call | null;
  readonly deadline: Call;
}

/** The gate is opened to the old master, and its pause is being ended. */
export interface Aborting {
  readonly type: 'aborting';
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  readonly reason: AbortReason;
  readonly sentence: string;
  /** Null once the gate is open. */
  readonly opening: Call | null;
  /** Null once the pause has ended, or was never begun. */
  readonly unfence: { readonly call: Call; readonly step: 'ending' | 'waiting' } | null;
  readonly deadline: Call;
}

/** The clients are on the new master; the other nodes are brought onto its stream. */
export interface Settling {
  readonly type: 'settling';
  readonly sw: Switch;
  readonly tasks: readonly Task[];
  /** `settle_timeout_ms`: the operator is answered then at the latest. Null once that is done. */
  readonly deadline: Call | null;
}

/** The clients were let go without a master; both nodes are still being asked. */
export interface Unresolved extends Unknown {
  readonly type: 'unresolved';
  readonly reason: UnresolvedReason;
  readonly sentence: string;
  /** Null once the gate is open. */
  readonly opening: Call | null;
}

/** Nothing is begun any more: the process ends, or a defect was met. */
export interface Stopped {
  readonly type: 'stopped';
  readonly why: 'shutting-down' | 'internal-error';
}

/** The questions whose answers this state waits for; answers to others are late and dropped. */
export function awaited(state: State): readonly Call[] {
  switch (state.type) {
    case 'serving':
    case 'stopped':
      return [];
    case 'inspecting':
    case 'preparing':
    case 'measuring':
    case 'arranging':
    case 'recording':
    case 'timing':
    case 'holding':
    case 'draining':
    case 'extending':
    case 'electing':
      return [state.call, state.deadline];
    case 'appointing':
      return [
        ...present(state.draining),
        ...present(state.recording),
        ...present(state.preparing),
        state.watch.call,
        state.deadline,
      ];
    case 'promoting':
      return [unansweredPromotion(state), state.marking, state.preparing, state.deadline].flatMap(present);
    case 'fencing':
      return [state.call, state.reading, state.deadline];
    case 'catching-up':
      return [state.reading, state.deadline];
    case 'resolving':
      return [...awaitedUnknown(state), state.deadline];
    case 'unresolved':
      return [...awaitedUnknown(state), ...present(state.opening)];
    case 'redirecting':
      return [state.call, ...present(state.renewal)];
    case 'retreating':
      return [...present(state.opening), ...present(state.unfence), state.deadline];
    case 'aborting':
      return [...present(state.opening), ...present(state.unfence?.call ?? null), state.deadline];
    case 'settling':
      return state.tasks.flatMap(({ step, call }) => (step === 'done' ? [] : [call])).concat(present(state.deadline));
  }
}

function awaitedUnknown(state: Unknown): readonly Call[] {
  return [...present(state.promotion), state.from.call, state.to.call, ...present(state.renewal?.call ?? null)];
}

function present(call: Call | null): readonly Call[] {
  return call === null ? [] : [call];
}
