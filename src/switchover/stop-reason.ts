import type { Event } from './events.js';
import type { AbortReason } from './reasons.js';
import type { State } from './states.js';
import { ImpossibleTransition } from './step.js';

/**
 * Why an event from outside ends what is before the point of no return, and in which words.
 *
 * @throws {ImpossibleTransition} for every other event.
 */
export function stopReason(state: State, event: Event): readonly [reason: AbortReason, particulars: string] {
  switch (event.type) {
    case 'abort-requested':
      return ['stopped-by-operator', ''];
    case 'shutdown':
      return ['shutting-down', ''];
    case 'crashed':
      return ['internal-error', event.message];
    default:
      throw new ImpossibleTransition(state, event);
  }
}
