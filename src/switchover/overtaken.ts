import type { NodeId } from '../config/node-address.js';
import type { Effect } from './effects.js';
import type { EventOf } from './events.js';
import { isDemoted, reportSettling } from './settling.js';
import { awaited, type Settling, type State } from './states.js';
import { stay, type Step } from './step.js';

/**
 * What a look at a former master tells of somebody else's doing: it is the master again, and ours is a replica.
 *
 * @returns null: nothing.
 */
export function giveBack(state: State, event: EventOf<'examined'>): Step | null {
  if (state.type !== 'settling' || !event.isTakenBack) return null;
  const master = state.tasks.find(({ call, step }) => call === event.call && step !== 'done')?.node;
  const step = master === undefined ? null : giveWay(state, master);
  return step?.state.type === 'serving' ? step : null;
}

/**
 * Somebody else has moved the master on while the nodes of our switch still settled: whom they are to follow is his to say, and to
 * re-point them to our master would be to work against him. As long as our own old master is not demoted, its demotion goes first, unless
 * it is the one that he has made the master.
 *
 * @param master the only master that the nodes show, and that is served.
 */
export function giveWay(state: Settling, master: NodeId): Step {
  const others = state.tasks.filter(({ node }) => node !== master);
  if (master === state.sw.to || !isDemoted(others)) return stay(state);
  const settling = reportSettling(state);
  const note = `${master} was made the master by somebody else before all nodes had settled`;
  const report = { ...settling, notes: [...settling.notes, note] };
  return {
    state: { type: 'serving' },
    effects: [
      ...awaited(state).map((call): Effect => ({ type: 'cancel', call })),
      { type: 'record', change: { report, intentDone: true } },
      ...(state.deadline === null ? [] : [{ type: 'answer', report } as const]),
    ],
  };
}
