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
 *
 * While that takes long, the old master's pause is renewed: nobody may write there past the proxy before it is demoted.
 */

/** Step 1. */
export function beginRedirect(sw: Switch, cancelled: readonly Call[], at: number, calls: Calls): Step {
  const call = calls.next();
  const renewal = sw.canPause ? calls.next() : null;
  const promoted = sw.marks.promoted === null ? mark(sw, 'promoted', at) : sw;
  return {
    state: { type: 'redirecting', sw: promoted, step: 'telling', call, renewal },
    effects: [
      { type: 'redirect', call, node: sw.to },
      ...cancelled.map((each): Effect => ({ type: 'cancel', call: each })),
      ...(renewal === null ? [] : [renewIn(renewal, (sw.pauseUntil - at) / 2)]),
    ],
  };
}

/** Step 2. */
export function whileRedirecting(state: Redirecting, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'redirected': {
      if (state.step !== 'telling') throw new ImpossibleTransition(state, event);
      const call = calls.next();
      const open: Effect = { type: 'open', call };
      const renewed: readonly Effect[] = state.renewal === null ? [] : [{ type: 'cancel', call: state.renewal }];
      return { state: { ...state, step: 'opening', call, renewal: null }, effects: [open, ...renewed] };
    }
    case 'woke': {
      const { sw } = state;
      const { pauseTimeoutMs: pauseMs } = sw.run.settings;
      const renewal = calls.next();
      const timeoutMs = Math.ceil(pauseMs / 2);
      return {
        state: { ...state, renewal },
        effects: [{ type: 'extend', call: renewal, node: sw.from, pauseMs, timeoutMs }],
      };
    }
    case 'extended':
      return renewAgain(state, calls);
    case 'opened':
      if (state.step !== 'opening') throw new ImpossibleTransition(state, event);
      return beginSettling({ ...mark(state.sw, 'opened', event.at), figures: event.figures }, calls);
    case 'failed':
      if (event.call === state.renewal) return renewAgain(state, calls);
      return giveUpAfterCrash(state, event.failure.message, event.at, calls);
    case 'abort-requested':
    case 'shutdown':
      return stay(state);
    default:
      throw new ImpossibleTransition(state, event);
  }
}

function renewAgain(state: Redirecting, calls: Calls): Step {
  const renewal = calls.next();
  return { state: { ...state, renewal }, effects: [renewIn(renewal, state.sw.run.settings.pauseTimeoutMs / 4)] };
}

function renewIn(call: Call, ms: number): Effect {
  return { type: 'wake', call, ms: Math.max(1, Math.floor(ms)) };
}
