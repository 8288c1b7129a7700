import type { Call } from './effects.js';
import type { Promoting } from './states.js';

/** The question whose answer tells whether the promotion has run; null once it is there: it would count twice. */
export function unansweredPromotion({ sw, call }: Promoting): Call | null {
  return sw.marks.promoted === null ? call : null;
}
