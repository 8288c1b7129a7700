import type { Operation } from '../history/operation.js';

/** The longest time in which nobody at all had a success, ms. */
export function longestGapMs(history: readonly Operation[]): number {
  const ends = history
    .flatMap(({ outcome, end, isFinal }) => (outcome.type === 'ok' && isFinal === undefined ? [end] : []))
    .toSorted((a, b) => a - b);
  return ends.reduce((longest, end, at) => Math.max(longest, end - (ends[at - 1] ?? end)), 0);
}
