import { refuse } from './candidate.js';
import type { Effect } from './effects.js';
import type { Event } from './events.js';
import { closingAt } from './beat.js';
import { closeGate } from './close-gate.js';
import { refused, stopPreflight } from './preflight-endings.js';
import { unheld, type Switch } from './run.js';
import type { Recording, Interrupted, Timing } from './states.js';
import type { Calls, Step } from './step.js';
import type { Beat } from './strategy.js';

/*
 * Preflight, steps 5 and 6: the intent is made durable, and the gate is closed, at once or at the moment from which the
 * promotion meets a beat of the candidate (`beat.ts`).
 */

/** Step 5. */
export function whileRecording(state: Recording, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'recorded': {
      const beat = state.sw.arrangement?.beat ?? null;
      return beat === null ? close(state, calls) : awaitMoment(state, beat, event.at, calls);
    }
    case 'woke':
      return refused(state, refuse('preflight-timeout', 'while writing the intent'), calls);
    case 'failed':
      return refused(state, refuse('state-not-writable', event.failure.message), calls);
    default:
      return stopPreflight(state, event, calls);
  }
}

/** Step 6. */
function awaitMoment(state: Recording, beat: Beat, at: number, calls: Calls): Step {
  const { sw, interrupted, deadline } = state;
  const call = calls.next();
  return {
    state: { type: 'timing', sw, interrupted, call, deadline },
    effects: [{ type: 'wake', call, ms: closingAt(sw, beat, at) - at }],
  };
}

/** Behind a hold that came too late: the gate is open again, and the next beat is taken. */
export function awaitNextBeat(sw: Switch, interrupted: Interrupted | null, at: number, calls: Calls): Step {
  const beat = sw.arrangement?.beat ?? null;
  const [call, deadline] = [calls.next(), calls.next()];
  return {
    state: { type: 'timing', sw: unheld(sw), interrupted, call, deadline },
    effects: [
      { type: 'wake', call, ms: beat === null ? 0 : closingAt(sw, beat, at) - at },
      { type: 'wake', call: deadline, ms: sw.run.settings.preflightTimeoutMs },
    ],
  };
}

export function whileTiming(state: Timing, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'woke':
      if (event.call === state.call) return close(state, calls);
      return refused(state, refuse('preflight-timeout', 'while waiting for the moment to promote'), calls);
    default:
      return stopPreflight(state, event, calls);
  }
}

function close(state: Recording | Timing, calls: Calls): Step {
  const cancel: Effect = { type: 'cancel', call: state.deadline };
  const step = closeGate(state, calls);
  return { state: step.state, effects: [...step.effects, cancel] };
}
