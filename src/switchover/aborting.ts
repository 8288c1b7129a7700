import { returnToRest } from './endings.js';
import type { Call, Effect } from './effects.js';
import type { Event } from './events.js';
import type { AbortReason } from './reasons.js';
import { phasesOf, reportSwitch } from './report.js';
import { mark, type Switch } from './run.js';
import type { Aborting, Interrupted } from './states.js';
import { type Calls, ImpossibleTransition, stay, type Step } from './step.js';

/** Why and from where an abort begins. */
export interface AbortCause {
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  readonly reason: AbortReason;
  readonly sentence: string;
  readonly mayBePaused: boolean;
  /** What is not waited for any more. */
  readonly cancelled: readonly Call[];
}

/**
 * Goes back to the old master. The end of the pause is sent first, but the gate does not wait for its answer: the pause
 * ends by itself, and a gate that waits for a node could stay shut.
 */
export function beginAbort(cause: AbortCause, calls: Calls): Step {
  const { sw, interrupted, reason, sentence, mayBePaused, cancelled } = cause;
  const [opening, deadline] = [calls.next(), calls.next()];
  const unfence = mayBePaused ? { call: calls.next(), step: 'ending' as const } : null;
  const { commandTimeoutMs } = sw.run.settings;
  return {
    state: { type: 'aborting', sw, interrupted, reason, sentence, opening, unfence, deadline },
    effects: [
      ...(unfence === null ? [] : [endPause(sw, unfence.call)]),
      { type: 'open', call: opening },
      ...cancelled.map((call): Effect => ({ type: 'cancel', call })),
      { type: 'wake', call: deadline, ms: commandTimeoutMs },
      { type: 'discard-prepared' },
    ],
  };
}

export function whileAborting(state: Aborting, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'opened':
      return opened({ ...state, sw: { ...mark(state.sw, 'opened', event.at), figures: event.figures } }, calls);
    case 'unfenced':
      return concludeIfDone({ ...state, unfence: null }, [], calls);
    case 'failed': {
      const call = calls.next();
      const ms = state.sw.run.settings.retryMinMs;
      return { state: { ...state, unfence: { call, step: 'waiting' } }, effects: [{ type: 'wake', call, ms }] };
    }
    case 'woke': {
      // By the deadline the pause may last a little longer; it was never meant to outlive pause_timeout_ms.
      if (event.call === state.deadline) return conclude(state, [], calls);
      const call = calls.next();
      return { state: { ...state, unfence: { call, step: 'ending' } }, effects: [endPause(state.sw, call)] };
    }
    case 'abort-requested':
    case 'shutdown':
      return stay(state);
    default:
      throw new ImpossibleTransition(state, event);
  }
}

function opened(state: Aborting, calls: Calls): Step {
  const report = reportOf(state);
  return concludeIfDone(
    { ...state, opening: null },
    [
      { type: 'record', change: { report, intentDone: true } },
      { type: 'finished', report },
      { type: 'measured-phases', phases: phasesOf(state.sw) },
    ],
    calls,
  );
}

function concludeIfDone(state: Aborting, effects: readonly Effect[], calls: Calls): Step {
  if (state.opening !== null || state.unfence !== null) return { state, effects };
  return conclude(state, effects, calls);
}

function conclude(state: Aborting, effects: readonly Effect[], calls: Calls): Step {
  const rest = returnToRest(state.interrupted, calls);
  const waiting = state.unfence === null ? [] : [{ type: 'cancel', call: state.unfence.call } as const];
  return {
    state: rest.state,
    effects: [
      ...effects,
      { type: 'cancel', call: state.deadline },
      ...waiting,
      { type: 'answer', report: reportOf(state) },
      ...rest.effects,
    ],
  };
}

function reportOf(state: Aborting) {
  return reportSwitch(state.sw, { outcome: 'aborted', reason: state.reason, sentence: state.sentence });
}

function endPause(sw: Switch, call: Call): Effect {
  return { type: 'unfence', call, node: sw.from, timeoutMs: sw.run.settings.commandTimeoutMs };
}
