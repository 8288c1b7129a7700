import type { Refusal } from './candidate.js';
import { abortSentence, endPreflight, type PreflightState } from './endings.js';
import type { Event } from './events.js';
import type { AbortReason } from './reasons.js';
import { type Calls, ImpossibleTransition, type Step } from './step.js';

/** What ends a preflight from outside. Nothing was touched, so it just ends. */
export function stopPreflight(state: PreflightState, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'abort-requested':
      return aborted(state, 'stopped-by-operator', '', calls);
    case 'shutdown':
    case 'stop':
      return aborted(state, 'shutting-down', '', calls);
    case 'crashed':
      return aborted(state, 'internal-error', event.message, calls);
    default:
      throw new ImpossibleTransition(state, event);
  }
}

export function refused(state: PreflightState, refusal: Refusal, calls: Calls): Step {
  return endPreflight(state, { outcome: 'refused', ...refusal }, calls);
}

export function aborted(state: PreflightState, reason: AbortReason, particulars: string, calls: Calls): Step {
  return endPreflight(state, { outcome: 'aborted', reason, sentence: abortSentence(reason, particulars) }, calls);
}
