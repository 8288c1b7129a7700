import type { Reply } from './wire.js';

/** Replies as values; each throws what it got when it is none of its kind. */

export function ok(reply: Reply): 'OK' {
  if (reply === 'OK') return reply;
  throw unfit('OK', reply);
}

export function integer(reply: Reply): number {
  if (typeof reply === 'number') return reply;
  throw unfit('an integer', reply);
}

/** The number in a bulk string; 0 when there is none. */
export function count(reply: Reply): number {
  if (reply === null) return 0;
  if (typeof reply === 'string' && /^-?\d+$/.test(reply)) return Number(reply);
  throw unfit('a number', reply);
}

export function text(reply: Reply): string {
  if (typeof reply === 'string') return reply;
  throw unfit('a string', reply);
}

export function textOrNull(reply: Reply): string | null {
  return reply === null ? null : text(reply);
}

export function list(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply as readonly Reply[];
  throw unfit('an array', reply);
}

export function texts(reply: Reply): readonly string[] {
  return list(reply).map(text);
}

function unfit(wanted: string, reply: Reply): Error {
  return new Error(`not ${wanted}: ${JSON.stringify(reply).slice(0, 200)}`);
}
