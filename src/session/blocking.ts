import { encodeRequest } from '../resp/encode.js';

/** Where the timeout of a blocking command stands, and its unit. Negative positions count from the end. */
const TIMEOUTS: Readonly<Record<string, { readonly at: number; readonly unit: 's' | 'ms' }>> = {
  blpop: { at: -1, unit: 's' },
  brpop: { at: -1, unit: 's' },
  blmove: { at: -1, unit: 's' },
  brpoplpush: { at: -1, unit: 's' },
  bzpopmin: { at: -1, unit: 's' },
  bzpopmax: { at: -1, unit: 's' },
  blmpop: { at: 1, unit: 's' },
  bzmpop: { at: 1, unit: 's' },
  wait: { at: 2, unit: 'ms' },
  waitaof: { at: 3, unit: 'ms' },
};

/** A wait that is over must still ask once, and 0 would mean for ever. */
const LEAST_MS = 1;

/**
 * A blocking request with the time that is left of its timeout, for another server. A timeout of 0 (for ever) stays.
 *
 * @param args the request, name first.
 */
export function withRemainingTime(name: string, args: readonly Buffer[], waitedMs: number): Buffer {
  const place = timeoutPlace(name, args);
  const asked = place === null ? Number.NaN : Number(args[place.at]?.toString('latin1'));
  if (place === null || !(asked > 0)) return encodeRequest(args);
  const askedMs = place.unit === 's' ? asked * 1000 : asked;
  const leftMs = Math.max(LEAST_MS, askedMs - waitedMs);
  const left = place.unit === 's' ? (leftMs / 1000).toFixed(3) : String(Math.ceil(leftMs));
  return encodeRequest(args.map((arg, at) => (at === place.at ? left : arg)));
}

function timeoutPlace(name: string, args: readonly Buffer[]): { at: number; unit: 's' | 'ms' } | null {
  const known = TIMEOUTS[name];
  if (known !== undefined) return { at: known.at < 0 ? args.length + known.at : known.at, unit: known.unit };
  const block = blockOption(args);
  return block < 0 ? null : { at: block + 1, unit: 'ms' };
}

/** How many words the options of XREAD and XREADGROUP take; a group, a consumer or a key may be named `block` as well. */
const OPTION_WORDS: Readonly<Record<string, number>> = { group: 3, count: 2, noack: 1 };

/** Where BLOCK stands among the options of XREAD or XREADGROUP, or -1. */
function blockOption(args: readonly Buffer[]): number {
  for (let at = 1; at < args.length;) {
    const option = args[at]?.toString('latin1').toLowerCase() ?? '';
    if (option === 'block') return at;
    const words = OPTION_WORDS[option];
    if (words === undefined) return -1;
    at += words;
  }
  return -1;
}
