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

/** The keys whose elements a blocking request waits for; none for WAIT and for what the server will refuse. */
export function awaitedKeys(name: string, args: readonly Buffer[]): readonly Buffer[] {
  switch (name) {
    case 'blpop':
    case 'brpop':
    case 'bzpopmin':
    case 'bzpopmax':
      return args.slice(1, -1);
    case 'blmove':
    case 'brpoplpush':
      return args.slice(1, 2);
    case 'blmpop':
    case 'bzmpop':
      return args.slice(3, 3 + (Number(args[2]?.toString('latin1')) || 0));
    case 'xread':
    case 'xreadgroup':
      return streamsOf(args).map(({ key }) => key);
    default:
      return [];
  }
}

/** A stream that is read from where it ends at this moment: its key, and where in the request that is said. */
export interface NewestId {
  readonly key: Buffer;
  readonly at: number;
}

/**
 * Where XREAD says `$`, or `+` (Redis 7.4: the newest entry, or else the first to come). Another server would take these
 * for the end that the stream has there.
 */
export function newestIds(name: string, args: readonly Buffer[]): readonly NewestId[] {
  if (name !== 'xread') return [];
  return streamsOf(args).filter(({ at }) => args[at]?.length === 1 && NEWEST.has(args[at].toString('latin1')));
}

const NEWEST: ReadonlySet<string> = new Set(['$', '+']);

function timeoutPlace(name: string, args: readonly Buffer[]): { at: number; unit: 's' | 'ms' } | null {
  const known = TIMEOUTS[name];
  if (known !== undefined) return { at: known.at < 0 ? args.length + known.at : known.at, unit: known.unit };
  const block = optionPlace(args, 'block');
  return block < 0 ? null : { at: block + 1, unit: 'ms' };
}

/** XREAD and XREADGROUP name all streams first and then an id for each. */
function streamsOf(args: readonly Buffer[]): readonly NewestId[] {
  const first = optionPlace(args, 'streams') + 1;
  const count = (args.length - first) / 2;
  if (first === 0 || !Number.isInteger(count)) return [];
  return args.slice(first, first + count).map((key, index) => ({ key, at: first + count + index }));
}

/** How many words the options of XREAD and XREADGROUP take; a group, a consumer or a key may be named `block` as well. */
const OPTION_WORDS: Readonly<Record<string, number>> = { group: 3, count: 2, block: 2, noack: 1 };

/** Where an option of XREAD or XREADGROUP stands, or -1. */
function optionPlace(args: readonly Buffer[], wanted: 'block' | 'streams'): number {
  for (let at = 1; at < args.length;) {
    const option = args[at]?.toString('latin1').toLowerCase() ?? '';
    if (option === wanted) return at;
    const words = OPTION_WORDS[option];
    if (words === undefined) return -1;
    at += words;
  }
  return -1;
}
