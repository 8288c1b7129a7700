import { beginAbort } from './aborting.js';
import type { Call, Effect } from './effects.js';
import { abortSentence } from './endings.js';
import type { Event } from './events.js';
import type { AbortReason } from './reasons.js';
import { retryDelayMs } from './retry.js';
import { dataOf, formerMasters, mark, type Switch } from './run.js';
import type { Appointing } from './failover-states.js';
import type { Interrupted } from './states.js';
import { type Calls, ImpossibleTransition, stay, type Step } from './step.js';
import { stopReason } from './stop-reason.js';

/*
 * A failover, step 2. All at once, as clients wait:
 *
 * - Nothing goes to the old master any more, whatever becomes of it, and the gate is closed and drained.
 * - The intent is made durable: a restart in the middle of what follows must know that the candidate may be a master.
 * - The data path opens its connections to the candidate. What can not be opened now is dialled later.
 * - The old master is asked again and again. One that answers before the promotion is sent has the better claim: it has
 *   everything. Behind the promotion it is demoted instead.
 *
 * When the first three are done the candidate is promoted; what is not done within `command_timeout_ms` ends this, unless it
 * is only the connections.
 */

/** @param election the deadline that is over. */
export function beginAppointing(sw: Switch, interrupted: Interrupted | null, election: Call, calls: Calls): Step {
  const timeoutMs = sw.run.settings.commandTimeoutMs;
  const [draining, recording, preparing] = [calls.next(), calls.next(), calls.next()];
  const [watch, deadline] = [calls.next(), calls.next()];
  const { id, startedAt, unfinished } = sw.run;
  const { from, to } = sw;
  const former = formerMasters(unfinished, from, to);
  const intent = { id, from, to, startedAt, had: dataOf(sw), unplanned: true, former } as const;
  return {
    state: {
      type: 'appointing',
      sw,
      interrupted,
      draining,
      recording,
      preparing,
      watch: { call: watch, step: 'reading' },
      deadline,
    },
    effects: [
      { type: 'cancel', call: election },
      { type: 'wake', call: deadline, ms: timeoutMs },
      { type: 'withdraw' },
      { type: 'hold', call: draining },
      { type: 'record-intent', call: recording, intent },
      { type: 'prepare', call: preparing, target: to, timeoutMs },
      askOldMaster(sw, watch),
    ],
  };
}

export function whileAppointing(state: Appointing, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'held': {
      if (state.sw.marks.held !== null) throw new ImpossibleTransition(state, event);
      const draining = calls.next();
      const sw = mark({ ...state.sw, holds: state.sw.holds + 1 }, 'held', event.at);
      return { state: { ...state, sw, draining }, effects: [{ type: 'drain', call: draining }] };
    }
    case 'drained':
      if (state.sw.marks.held === null) throw new ImpossibleTransition(state, event);
      return promoteIfReady({ ...state, sw: mark(state.sw, 'drained', event.at), draining: null }, event.at, calls);
    case 'recorded':
      return promoteIfReady({ ...state, recording: null }, event.at, calls);
    case 'prepared':
      return promoteIfReady({ ...state, preparing: null }, event.at, calls);
    case 'role': {
      const { lost } = state.sw.run;
      const isExpected = lost?.force === true || (lost?.deposed === true && event.role.role === 'replica');
      if (isExpected) return askAgain(state, calls);
      // Whatever it is by now: it is not dead.
      return abort(state, 'master-is-back', `it is a ${event.role.role}`, calls);
    }
    case 'failed':
      return failed(state, event.call, event.failure.message, event.at, calls);
    case 'woke': {
      if (event.call === state.deadline) return outOfTime(state, event.at, calls);
      const call = calls.next();
      return { state: { ...state, watch: { call, step: 'reading' } }, effects: [askOldMaster(state.sw, call)] };
    }
    default:
      return abort(state, ...stopReason(state, event), calls);
  }
}

function failed(state: Appointing, call: Call, message: string, at: number, calls: Calls): Step {
  switch (call) {
    case state.watch.call:
      return askAgain(state, calls);
    case state.preparing:
      return promoteIfReady({ ...state, preparing: null }, at, calls);
    case state.recording:
      return abort(state, 'state-not-written', message, calls);
    default:
      return abort(state, 'drain-timeout', message, calls);
  }
}

function askAgain(state: Appointing, calls: Calls): Step {
  const call = calls.next();
  const wake: Effect = { type: 'wake', call, ms: retryDelayMs(state.sw, 0) };
  return { state: { ...state, watch: { call, step: 'waiting' } }, effects: [wake] };
}

function outOfTime(state: Appointing, at: number, calls: Calls): Step {
  if (state.draining !== null) return abort(state, 'drain-timeout', '', calls);
  if (state.recording !== null) return abort(state, 'state-not-written', 'no answer', calls);
  return promoteIfReady({ ...state, preparing: null }, at, calls);
}

function promoteIfReady(state: Appointing, at: number, calls: Calls): Step {
  if (state.draining !== null || state.recording !== null || state.preparing !== null) return stay(state);
  const { interrupted, watch, deadline } = state;
  const sw = mark(state.sw, 'caughtUp', at);
  const [call, next] = [calls.next(), calls.next()];
  const timeoutMs = sw.run.settings.promoteTimeoutMs;
  return {
    // Those who listen have lost their connection to the old master: there is nothing to be marked.
    state: { type: 'promoting', sw, interrupted, call, marking: null, preparing: null, deadline: next },
    effects: [
      { type: 'promote', call, from: sw.from, node: sw.to, timeoutMs },
      { type: 'cancel', call: deadline },
      { type: 'cancel', call: watch.call },
      { type: 'wake', call: next, ms: timeoutMs },
    ],
  };
}

function abort(state: Appointing, reason: AbortReason, particulars: string, calls: Calls): Step {
  const { sw, interrupted, draining, watch, deadline } = state;
  const sentence = abortSentence(reason, particulars);
  const cancelled = [deadline, watch.call, ...(draining === null ? [] : [draining])];
  return beginAbort({ sw, interrupted, reason, sentence, mayBePaused: false, cancelled }, calls);
}

function askOldMaster(sw: Switch, call: Call): Effect {
  return { type: 'read-role', call, node: sw.from, timeoutMs: sw.run.settings.commandTimeoutMs };
}
