import type { Call, Effect } from './effects.js';
import type { Event } from './events.js';
import { mark, type Switch } from './run.js';
import { beginSettling } from './settling.js';
import type { Redirecting } from './states.js';
import { type Calls, ImpossibleTransition, stay, type Step } from './step.js';

/**
 * The candidate is the master, and those who listen have their marks: the data path is told and the gate opened in the very
 * turn in which this became known.
 */
export function beginRedirect(sw: Switch, cancelled: readonly Call[], at: number, calls: Calls): Step {
  const call = calls.next();
  return {
    state: { type: 'redirecting', sw: sw.marks.promoted === null ? mark(sw, 'promoted', at) : sw, call },
    effects: [
      { type: 'redirect', node: sw.to },
      { type: 'open', call },
      ...cancelled.map((each): Effect => ({ type: 'cancel', call: each })),
    ],
  };
}

export function whileRedirecting(state: Redirecting, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'opened':
      return beginSettling({ ...mark(state.sw, 'opened', event.at), figures: event.figures }, calls);
    case 'abort-requested':
    case 'shutdown':
      return stay(state);
    default:
      throw new ImpossibleTransition(state, event);
  }
}
