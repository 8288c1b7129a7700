import { abortSentence, returnToRest, unresolvedSentence } from './endings.js';
import type { Effect } from './effects.js';
import type { Event } from './events.js';
import { beginProbes, cancelProbes, decide, observe, whyUndecided, type Verdict } from './probing.js';
import type { UnresolvedReason } from './reasons.js';
import { phasesOf, reportSwitch } from './report.js';
import { mark } from './run.js';
import { beginLateSettling } from './settling.js';
import type { Promoting, Redirecting, Resolving, Unresolved } from './states.js';
import { unansweredPromotion } from './unanswered-promotion.js';
import { type Calls, stay, type Step } from './step.js';

/*
 * The time for resolving is over and nobody knows who is the master. Clients can not be held for ever, so that the gate
 * is opened; but neither to the old master (if the promotion ran, what it takes is lost) nor to the candidate (if it did
 * not run, it refuses writes, and after a restart it may be empty). The data path is told that there is no master: its
 * clients wait as in any outage, then get MASTERDOWN, which is true. That is unavailability where the alternative is
 * loss. The operator gets `unresolved` and an alarm; the nodes are asked on, the old master's pause is renewed, and as
 * soon as exactly one master is known, also because a person made it so, it is served.
 */

/** Lets the clients go without a master. */
export function giveUp(state: Resolving, calls: Calls): Step {
  const { sw, interrupted, promotion, from, to, renewal } = state;
  const reason = whyUndecided(state);
  const unknown = { sw, interrupted, promotion, from, to, renewal };
  return leave(unknown, reason, '', [{ type: 'cancel', call: state.deadline }], calls);
}

/** A defect struck at a moment in which the promotion may have run: nothing may be assumed. */
export function giveUpAfterCrash(
  state: Promoting | Resolving | Redirecting,
  message: string,
  at: number,
  calls: Calls,
): Step {
  const promotion = state.type === 'promoting' ? unansweredPromotion(state) : null;
  const interrupted = state.type === 'redirecting' ? null : state.interrupted;
  const probes = beginProbes(state.sw, promotion, at, calls);
  const cancelled: readonly Effect[] = state.type === 'redirecting' ? [] : [{ type: 'cancel', call: state.deadline }];
  return leave({ ...probes.unknown, interrupted }, 'internal-error', message, [...cancelled, ...probes.effects], calls);
}

function leave(
  unknown: Pick<Unresolved, 'sw' | 'interrupted' | 'promotion' | 'from' | 'to' | 'renewal'>,
  reason: UnresolvedReason,
  particulars: string,
  effects: readonly Effect[],
  calls: Calls,
): Step {
  const opening = calls.next();
  return {
    state: { type: 'unresolved', ...unknown, reason, sentence: unresolvedSentence(reason, particulars), opening },
    effects: [{ type: 'withdraw' }, { type: 'open', call: opening }, ...effects],
  };
}

export function whileUnresolved(state: Unresolved, event: Event, calls: Calls): Step {
  if (event.type === 'abort-requested' || event.type === 'shutdown') return stay(state);
  if (event.type === 'opened') {
    return opened({ ...state, opening: null, sw: { ...mark(state.sw, 'opened', event.at), figures: event.figures } });
  }
  const observed = observe(state, event, calls);
  const next: Unresolved = { ...state, ...observed.unknown };
  const verdict = observed.verdict ?? decide(next);
  if (verdict === null) return { state: next, effects: observed.effects };
  return conclude(next, verdict, event.at, calls);
}

function opened(state: Unresolved): Step {
  const { reason, sentence } = state;
  const report = reportSwitch(state.sw, { outcome: 'unresolved', reason, sentence });
  return {
    state,
    effects: [
      { type: 'record', change: { report, intentDone: false } },
      { type: 'finished', report },
      { type: 'measured-phases', phases: phasesOf(state.sw) },
      { type: 'answer', report },
    ],
  };
}

/** The truth is known at last; the history is corrected, the operator was answered long ago. */
function conclude(state: Unresolved, verdict: Verdict, at: number, calls: Calls): Step {
  const { sw, interrupted } = state;
  if (verdict.promoted) {
    const step = beginLateSettling(mark(sw, 'promoted', at), calls);
    const redirect: Effect = { type: 'redirect', call: calls.next(), node: sw.to };
    return { state: step.state, effects: [redirect, ...cancelProbes(state), ...step.effects] };
  }
  const sentence = abortSentence(verdict.reason, verdict.particulars);
  const report = reportSwitch(sw, { outcome: 'aborted', reason: verdict.reason, sentence });
  const rest = returnToRest(interrupted, calls);
  // Not waited for: a pause that could not be ended ends by itself.
  const unfence: readonly Effect[] = sw.canPause
    ? [{ type: 'unfence', call: calls.next(), node: sw.from, timeoutMs: sw.run.settings.commandTimeoutMs }]
    : [];
  return {
    state: rest.state,
    effects: [
      ...unfence,
      { type: 'redirect', call: calls.next(), node: sw.from },
      { type: 'discard-prepared' },
      ...cancelProbes(state),
      { type: 'record', change: { report, intentDone: true } },
      ...rest.effects,
    ],
  };
}
