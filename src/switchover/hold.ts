import { beginAbort } from './aborting.js';
import { missesBeat } from './beat.js';
import { abortSentence } from './endings.js';
import type { Call, Effect } from './effects.js';
import type { Event, EventOf, Failure } from './events.js';
import type { AbortReason } from './reasons.js';
import { beginRedirect } from './redirecting.js';
import { beginResolving } from './resolving.js';
import { beginRetreat } from './retreating.js';
import { mark, type Switch } from './run.js';
import type { CatchingUp, Draining, Extending, Fencing, Holding, Promoting, Interrupted } from './states.js';
import { type Calls, ImpossibleTransition, stay, type Step } from './step.js';
import { stopReason } from './stop-reason.js';
import { takeSubstitute } from './substitute.js';

/*
 * The hold: writes wait, and nothing is done but what they must wait for.
 *
 * 1. Close the gate.
 * 2. Drain: the replies of all writes in flight have come. Only then is the master paused: a write that the pause
 *    caught inside the server would never be answered, and would block the lane it came by.
 * 3. Fence: pause the master, and read its offset T behind the pause. T covers every write that was acknowledged: ours
 *    were answered before, and those of clients that bypass the proxy were executed before the pause or wait in it.
 *    The candidate is read at the same time; when it has applied T already, step 4 costs nothing.
 * 4. Catch up: ask the candidate for its applied offset until it is ≥ T.
 * 5. Promote, if the pause outlives the promotion; else extend the pause first. At the same time those who listen get
 *    their marks: nothing can be published now, so this is the moment at which the old master stops counting for them and
 *    the new one begins.
 *    Where the promotion cuts connections, the data path opens its own behind it, and the marks come after that: as long
 *    as the gate is shut and the old master paused, nothing can be published.
 * 6. The promotion is answered and the marks are there: redirect (`redirecting.ts`). Marks that do not come in the time
 *    of the promotion are not waited for.
 *
 * A promotion that would come too late for its beat is not sent: the clients are let go, and the next beat is taken.
 *
 * Trouble before step 5 is an abort: the old master goes on. A promotion that was refused is an abort too; one without
 * an answer is resolved (`resolving.ts`).
 */

/** Step 1 was begun by `close-gate.ts`. */
export function whileHolding(state: Holding, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'held': {
      const { interrupted, deadline } = state;
      const call = calls.next();
      return {
        state: {
          type: 'draining',
          sw: mark({ ...state.sw, holds: state.sw.holds + 1 }, 'held', event.at),
          interrupted,
          call,
          deadline,
        },
        effects: [{ type: 'drain', call }],
      };
    }
    case 'woke':
      return abort(state, 'drain-timeout', '', calls);
    case 'failed':
      return abort(state, 'internal-error', event.failure.message, calls);
    default:
      return abort(state, ...stopReason(state, event), calls);
  }
}

/** Step 2. */
export function whileDraining(state: Draining, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'drained':
      return fence({ ...state, sw: mark(state.sw, 'drained', event.at) }, event.at, calls);
    case 'woke':
      return abort(state, 'drain-timeout', '', calls);
    case 'failed':
      return abort(state, 'old-master-lost', event.failure.message, calls);
    default:
      return abort(state, ...stopReason(state, event), calls);
  }
}

/** Step 3. */
function fence(state: Draining, at: number, calls: Calls): Step {
  const { sw, interrupted, deadline } = state;
  const { settings } = sw.run;
  const pauseMs = sw.canPause ? settings.pauseTimeoutMs : 0;
  const timeoutMs = remainingMs(sw, at);
  const [call, reading] = [calls.next(), calls.next()];
  return {
    state: { type: 'fencing', sw, interrupted, deadline, call, reading, sentAt: at },
    effects: [{ type: 'fence', call, node: sw.from, pauseMs, timeoutMs }, readApplied(sw, reading, at)],
  };
}

export function whileFencing(state: Fencing, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'fenced': {
      const { interrupted, deadline, reading, sentAt } = state;
      // Counted from when it was sent: the server began it later, so that it ends later than we think, never earlier.
      const pauseUntil = state.sw.canPause ? sentAt + state.sw.run.settings.pauseTimeoutMs : Infinity;
      const sw = { ...mark(state.sw, 'fenced', event.at), targetOffset: event.offset, pauseUntil };
      return judgeOffset({ type: 'catching-up', sw, interrupted, deadline, reading }, event.at, calls);
    }
    case 'applied': {
      const reading = calls.next();
      const sw = { ...state.sw, appliedOffset: event.offset };
      return { state: { ...state, sw, reading }, effects: [readApplied(sw, reading, event.at)] };
    }
    case 'woke':
      return abort(state, 'fence-failed', 'no answer', calls);
    case 'failed':
      if (event.call === state.reading) return abort(state, 'candidate-lost', event.failure.message, calls);
      return abort(state, fenceReason(event.failure), event.failure.message, calls);
    default:
      return abort(state, ...stopReason(state, event), calls);
  }
}

/** Step 4. */
export function whileCatchingUp(state: CatchingUp, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'applied': {
      const reading = calls.next();
      const sw = { ...state.sw, appliedOffset: event.offset };
      const step = judgeOffset({ ...state, sw, reading }, event.at, calls);
      if (step.state.type !== 'catching-up') return step;
      return { state: step.state, effects: [readApplied(sw, reading, event.at)] };
    }
    case 'woke':
      if (!state.sw.run.settings.forceOnTimeout) return abort(state, 'catchup-timeout', gap(state.sw), calls);
      return promoteBehindPause(state, event.at, calls);
    case 'failed':
      return abort(state, 'candidate-lost', event.failure.message, calls);
    default:
      return abort(state, ...stopReason(state, event), calls);
  }
}

/** Whether the candidate has every write that was acknowledged. */
function judgeOffset(state: CatchingUp, at: number, calls: Calls): Step {
  if (state.sw.appliedOffset < state.sw.targetOffset) return stay(state);
  return promoteBehindPause(state, at, calls);
}

/** Step 5: a promotion must not outlive the pause, or the old master would take writes that are lost. */
function promoteBehindPause(state: CatchingUp, at: number, calls: Calls): Step {
  const { deadline, interrupted } = state;
  const sw = mark(state.sw, 'caughtUp', at);
  const { promoteTimeoutMs, pauseTimeoutMs } = sw.run.settings;
  if (missesBeat(sw, at)) return beginRetreat({ ...state, sw }, calls);
  if (sw.pauseUntil - at >= promoteTimeoutMs) return promote({ ...state, sw }, at, calls);
  // A pause that has ended already may have let writes in behind T: what was proven no longer holds.
  if (sw.pauseUntil <= at) return abort({ ...state, sw }, 'pause-too-short', '', calls);
  const [call, next] = [calls.next(), calls.next()];
  return {
    state: { type: 'extending', sw, interrupted, call, deadline: next, sentAt: at },
    effects: [
      { type: 'cancel', call: deadline },
      { type: 'wake', call: next, ms: promoteTimeoutMs },
      { type: 'extend', call, node: sw.from, pauseMs: pauseTimeoutMs, timeoutMs: promoteTimeoutMs },
    ],
  };
}

export function whileExtending(state: Extending, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'extended': {
      // Answered after the first pause may have ended: there may have been a gap between the two.
      const unbroken = event.at <= state.sw.pauseUntil;
      const sw = { ...state.sw, pauseUntil: state.sentAt + state.sw.run.settings.pauseTimeoutMs };
      const lasts = sw.pauseUntil - event.at >= sw.run.settings.promoteTimeoutMs;
      if (!unbroken || !lasts) return abort({ ...state, sw }, 'pause-too-short', '', calls);
      return promote({ ...state, sw }, event.at, calls);
    }
    case 'woke':
      return abort(state, 'pause-too-short', 'no answer', calls);
    case 'failed':
      return abort(state, 'pause-too-short', event.failure.message, calls);
    default:
      return abort(state, ...stopReason(state, event), calls);
  }
}

function promote(state: CatchingUp | Extending, at: number, calls: Calls): Step {
  const { interrupted, deadline } = state;
  const sw = mark(state.sw, 'caughtUp', at);
  const timeoutMs = sw.run.settings.promoteTimeoutMs;
  const [call, next] = [calls.next(), calls.next()];
  const marking = sw.run.strategy.cutsConnections ? null : calls.next();
  return {
    state: { type: 'promoting', sw, interrupted, call, marking, preparing: null, deadline: next },
    effects: [
      ...(marking === null ? [] : [{ type: 'mark', call: marking, timeoutMs } as const]),
      { type: 'promote', call, from: sw.from, node: sw.to, timeoutMs },
      { type: 'cancel', call: deadline },
      { type: 'wake', call: next, ms: timeoutMs },
    ],
  };
}

/** Step 6, and what a promotion can come to otherwise. */
export function whilePromoting(state: Promoting, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'promoted':
      return promoted(state, event, calls);
    case 'prepared':
      if (event.call !== state.preparing) throw new ImpossibleTransition(state, event);
      return markBehindPromotion(state, calls);
    case 'marked':
      return redirectIfMarked({ ...state, marking: null }, event.at, calls);
    case 'failed':
      // The data path knows who has no mark, and dials when somebody needs it; the master moves all the same.
      if (event.call === state.marking) return redirectIfMarked({ ...state, marking: null }, event.at, calls);
      if (event.call === state.preparing) return markBehindPromotion(state, calls);
      return promotionFailed(state, event.failure, event.at, calls);
    case 'woke':
      if (state.sw.marks.promoted !== null) return beginRedirect(state.sw, [], event.at, calls);
      return beginResolving(state, state.call, event.at, calls);
    case 'abort-requested':
    case 'shutdown':
      // Past the point of no return; what follows is bounded.
      return stay(state);
    default:
      throw new ImpossibleTransition(state, event);
  }
}

function promoted(before: Promoting, { at, instead }: EventOf<'promoted'>, calls: Calls): Step {
  const became = instead === undefined ? before.sw : takeSubstitute(before.sw, instead);
  // Neither of the two nodes is a master then, and what the one that is lacks nobody can tell.
  if (became === null) return beginResolving(before, null, at, calls);
  const state: Promoting = { ...before, sw: mark(became, 'promoted', at) };
  const { sw } = state;
  if (!sw.run.strategy.cutsConnections) return redirectIfMarked(state, at, calls);
  const [preparing, deadline] = [calls.next(), calls.next()];
  const timeoutMs = sw.run.settings.promoteTimeoutMs;
  return {
    state: { ...state, preparing, deadline },
    effects: [
      { type: 'discard-prepared' },
      { type: 'prepare', call: preparing, target: sw.to, timeoutMs },
      { type: 'cancel', call: state.deadline },
      { type: 'wake', call: deadline, ms: timeoutMs },
    ],
  };
}

function markBehindPromotion(state: Promoting, calls: Calls): Step {
  const marking = calls.next();
  return {
    state: { ...state, preparing: null, marking },
    effects: [{ type: 'mark', call: marking, timeoutMs: state.sw.run.settings.promoteTimeoutMs }],
  };
}

function redirectIfMarked(state: Promoting, at: number, calls: Calls): Step {
  if (state.marking !== null || state.sw.marks.promoted === null) return stay(state);
  return beginRedirect(state.sw, [state.deadline], at, calls);
}

function promotionFailed(state: Promoting, failure: Failure, at: number, calls: Calls): Step {
  switch (failure.kind) {
    case 'refused':
      return abort(state, 'promotion-refused', failure.message, calls);
    case 'unsent':
      return abort(state, 'candidate-lost', failure.message, calls);
    case 'unknown':
    case 'internal':
      // An exception of unknown origin proves nothing about what was sent before it.
      return beginResolving(state, null, at, calls);
  }
}

type HoldState = Holding | Draining | Fencing | CatchingUp | Extending;

interface Abortable {
  readonly type: (HoldState | Promoting)['type'];
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  readonly deadline: Call;
  readonly call?: Call;
}

function abort(state: Abortable, reason: AbortReason, particulars: string, calls: Calls): Step {
  const { sw, interrupted, deadline, call } = state;
  const sentence = abortSentence(reason, particulars);
  // The pause may have been begun from `fencing` on, also where its answer never came.
  const mayBePaused = sw.canPause && state.type !== 'holding' && state.type !== 'draining';
  const cancelled = call === undefined ? [deadline] : [deadline, call];
  return beginAbort({ sw, interrupted, reason, sentence, mayBePaused, cancelled }, calls);
}

/** The deadline of the hold ends the waiting; a reading that gave up a moment earlier would blame the candidate. */
function readApplied(sw: Switch, call: Call, at: number): Effect {
  const timeoutMs = remainingMs(sw, at) + sw.run.settings.commandTimeoutMs;
  return { type: 'read-applied', call, node: sw.to, timeoutMs };
}

/** What is left of `sync_timeout_ms`, at least 1 ms: a command needs some time-out, and the deadline comes anyway. */
function remainingMs(sw: Switch, at: number): number {
  const since = sw.marks.held ?? at;
  return Math.max(1, Math.ceil(since + sw.run.settings.syncTimeoutMs - at));
}

/** A refusal, or silence, is about the pause; a connection that is gone is about the master. */
function fenceReason(failure: Failure): AbortReason {
  return failure.kind === 'unsent' ? 'old-master-lost' : 'fence-failed';
}

function gap(sw: Switch): string {
  return sw.appliedOffset < 0
    ? 'it stated no offset'
    : `${sw.targetOffset - sw.appliedOffset} short of ${sw.targetOffset}`;
}
