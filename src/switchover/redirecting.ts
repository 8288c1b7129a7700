import type { Call, Effect } from './effects.js';
import type { Event } from './events.js';
import { mark, type Switch } from './run.js';
import { beginSettling } from './settling.js';
import type { Redirecting } from './states.js';
import { type Calls, ImpossibleTransition, stay, type Step } from './step.js';
import { giveUpAfterCrash } from './unresolved.js';

/*
 * The candidate is the master, and those who listen have their marks.
 *
 * 1. The data path is told, in the very turn in which this became known.
 * 2. It opens the gate when all of it has heard; where it is one process, that is the same turn. One part that opened before
 *    another had heard would let a client write on the new master, and another one read from the old master afterwards.
 */

/** Step 1. */
export function beginRedirect(sw: Switch, cancelled: readonly Call[], at: number, calls: Calls): Step {
  const call = calls.next();
  const promoted = sw.marks.promoted === null ? mark(sw, 'promoted', at) : sw;
  return {
    state: { type: 'redirecting', sw: promoted, step: 'telling', call },
    effects: [
      { type: 'redirect', call, node: sw.to },
      ...cancelled.map((each): Effect => ({ type: 'cancel', call: each })),
    ],
  };
}

/** Step 2. */
export function whileRedirecting(state: Redirecting, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'redirected': {
      if (state.step !== 'telling') throw new ImpossibleTransition(state, event);
      const call = calls.next();
      return { state: { ...state, step: 'opening', call }, effects: [{ type: 'open', call }] };
    }
    case 'opened':
      if (state.step !== 'opening') throw new ImpossibleTransition(state, event);
      return beginSettling({ ...mark(state.sw, 'opened', event.at), figures: event.figures }, calls);
    case 'failed':
      return giveUpAfterCrash(state, event.failure.message, event.at, calls);
    case 'abort-requested':
    case 'shutdown':
      return stay(state);
    default:
      throw new ImpossibleTransition(state, event);
  }
}
