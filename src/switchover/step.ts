import type { Call, Effect } from './effects.js';
import type { Event } from './events.js';
import type { State } from './states.js';

/** What a transition decides: where the switch stands next, and what is to be done, in this order. */
export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** Gives every question its number. Lives for one transition; the last number given is kept with the state. */
export class Calls {
  #last: Call;

  constructor(last: Call) {
    this.#last = last;
  }

  get last(): Call {
    return this.#last;
  }

  next(): Call {
    this.#last += 1;
    return this.#last;
  }
}

/** Stays where it is. */
export function stay(state: State): Step {
  return { state, effects: [] };
}

/** An event that can not come in this state: a defect in the machine or in the driver. */
export class ImpossibleTransition extends Error {
  override readonly name = 'ImpossibleTransition';

  constructor(state: State, event: Event) {
    super(`${event.type} can not come while ${state.type}`);
  }
}
