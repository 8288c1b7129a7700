import type { Operation } from './operation.js';

export interface Availability {
  /** Acknowledged operations of each second since the first start. */
  readonly perSecond: readonly number[];
  /** The longest time in which nobody got an acknowledgement. */
  readonly longestGapMs: number;
  /** The longest such time of a single client, and whose it was. */
  readonly longestOfOne: { readonly client: string; readonly gapMs: number };
}

/** Waiting for an element or a message is no outage. */
const WAITING: ReadonlySet<string> = new Set(['pop', 'move', 'subscribe', 'receive', 'unsubscribe']);

/** How evenly a history was served. Last readings do not count. */
export function availabilityOf(history: readonly Operation[]): Availability {
  const counted = history.filter(({ kind, isFinal }) => !WAITING.has(kind) && isFinal !== true);
  const successes = counted.filter(({ outcome }) => outcome.type === 'ok').toSorted((a, b) => a.end - b.end);
  const from = counted.reduce((first, { start }) => Math.min(first, start), Infinity);
  const until = counted.reduce((last, { start, end }) => Math.max(last, end === Infinity ? start : end), -Infinity);
  const perSecond = Array.from({ length: Math.max(0, Math.ceil((until - from) / 1000)) }, () => 0);
  const lastOf = new Map<string, number>();
  let longestOfOne = { client: '', gapMs: 0 };
  let [last, longestGapMs] = [from, 0];
  for (const { client, end, start } of successes) {
    const second = Math.min(perSecond.length - 1, Math.floor((end - from) / 1000));
    perSecond[second] = (perSecond[second] ?? 0) + 1;
    longestGapMs = Math.max(longestGapMs, end - last);
    last = end;
    const gapMs = end - (lastOf.get(client) ?? start);
    if (gapMs > longestOfOne.gapMs) longestOfOne = { client, gapMs };
    lastOf.set(client, end);
  }
  return { perSecond, longestGapMs: Math.max(longestGapMs, until - last), longestOfOne };
}
