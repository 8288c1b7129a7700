import type { Refusal } from './candidate.js';
import { abortSentence, endPreflight, type PreflightState } from './endings.js';
import type { Event } from './events.js';
import type { AbortReason } from './reasons.js';
import type { Calls, Step } from './step.js';
import { stopReason } from './stop-reason.js';

/** What ends a preflight from outside. Nothing was touched, so it just ends. */
export function stopPreflight(state: PreflightState, event: Event, calls: Calls): Step {
  if (event.type === 'stop') return aborted(state, 'shutting-down', '', calls);
  return aborted(state, ...stopReason(state, event), calls);
}

export function refused(state: PreflightState, refusal: Refusal, calls: Calls): Step {
  return endPreflight(state, { outcome: 'refused', ...refusal }, calls);
}

export function aborted(state: PreflightState, reason: AbortReason, particulars: string, calls: Calls): Step {
  return endPreflight(state, { outcome: 'aborted', reason, sentence: abortSentence(reason, particulars) }, calls);
}
