import { beginAbort } from './aborting.js';
import { abortSentence } from './endings.js';
import type { Event } from './events.js';
import type { AbortReason } from './reasons.js';
import type { CatchingUp, Retreating } from './states.js';
import type { Calls, Step } from './step.js';
import { stopReason } from './stop-reason.js';
import { awaitNextBeat } from './timing.js';

/*
 * The hold was not ready in time for the beat of the candidate that it was meant for. Waiting for the next one behind a shut
 * gate would be a stall of a whole period; so:
 *
 * 1. The pause of the old master is ended and the gate opened, as in an abort. Nothing was promoted.
 * 2. When both are done, the gate is closed anew for the next beat (`timing.ts`).
 *
 * Whatever goes wrong here, or asks for an end, makes an abort of it.
 */

/** Step 1. */
export function beginRetreat(state: CatchingUp, calls: Calls): Step {
  const { sw, interrupted } = state;
  const [opening, deadline] = [calls.next(), calls.next()];
  const unfence = sw.canPause ? calls.next() : null;
  const timeoutMs = sw.run.settings.commandTimeoutMs;
  return {
    state: { type: 'retreating', sw, interrupted, opening, unfence, deadline },
    effects: [
      ...(unfence === null ? [] : [{ type: 'unfence', call: unfence, node: sw.from, timeoutMs } as const]),
      { type: 'open', call: opening },
      { type: 'cancel', call: state.deadline },
      { type: 'wake', call: deadline, ms: timeoutMs },
    ],
  };
}

export function whileRetreating(state: Retreating, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'opened':
      return goOnIfDone({ ...state, opening: null }, event.at, calls);
    case 'unfenced':
      return goOnIfDone({ ...state, unfence: null }, event.at, calls);
    case 'failed':
      return abort(state, 'old-master-lost', event.failure.message, calls);
    case 'woke':
      return abort(state, 'old-master-lost', 'no answer to the end of its pause', calls);
    default:
      return abort(state, ...stopReason(state, event), calls);
  }
}

/** Step 2. */
function goOnIfDone(state: Retreating, at: number, calls: Calls): Step {
  if (state.opening !== null || state.unfence !== null) return { state, effects: [] };
  const { sw, interrupted, deadline } = state;
  const step = awaitNextBeat(sw, interrupted, at, calls);
  return { state: step.state, effects: [{ type: 'cancel', call: deadline }, ...step.effects] };
}

function abort(state: Retreating, reason: AbortReason, particulars: string, calls: Calls): Step {
  const { sw, interrupted, deadline, opening } = state;
  const sentence = abortSentence(reason, particulars);
  const cancelled = opening === null ? [deadline] : [deadline, opening];
  return beginAbort({ sw, interrupted, reason, sentence, mayBePaused: sw.canPause, cancelled }, calls);
}
