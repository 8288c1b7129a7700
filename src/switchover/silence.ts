import type { Failure } from './events.js';

/**
 * What a question without a good answer says of the node that was asked:
 * - `answered`: it is there. A server that loads its data set, is busy with a script or refuses a password is no dead one;
 * - `silent`: nobody is there, or it hangs;
 * - `own-trouble`: nothing. The question never got so far that somebody could have answered.
 */
type Silence = 'answered' | 'silent' | 'own-trouble';

/** What the system calls it when nobody is at an address, or nobody says anything. No code at all: it took too long. */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  '',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
]);

/** What is not known to speak against the node does not: names that are not found, files that run out, certificates. */
export function silenceOf({ kind, code }: Pick<Failure, 'kind' | 'code'>): Silence {
  if (kind === 'refused') return 'answered';
  if (kind === 'internal') return 'own-trouble';
  return NOBODY_THERE.has(code) ? 'silent' : 'own-trouble';
}
