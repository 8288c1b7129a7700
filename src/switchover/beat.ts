import type { Switch } from './run.js';
import type { Beat } from './strategy.js';

/*
 * A candidate with a beat is promoted at the beat. The gate is closed so long before that the hold is ready in time, mostly:
 *
 *   gate closed ──── predicted lead ────▶ promotion ── leadMs ──▶ beat
 *
 * A promotion that is ready earlier is sent earlier: the candidate then waits for the same beat. One that would come too late is not
 * sent at all: it would wait a whole period behind a shut gate. The clients are let go instead, and the next beat is taken.
 */

/** A timer rings up to so much late, ms; ringing early costs as much stall as it is early. */
const TIMER_LATE_MS = 1;

/**
 * A promotion that would be sent later than this before a beat is not sent, ms: it needs some time to get there, and beats are known
 * within a millisecond or two. Another hold costs some milliseconds, a missed beat a whole period.
 */
const LATEST_MS = 1.5;

/** So many holds come too late in a row only on a machine on which nothing comes in time: then the wait is taken. */
const HOLDS_MAX = 5;

/** The next moment, not before `at`, at which the gate is to be closed, monotonic ms. */
export function closingAt(sw: Switch, { atMs, periodMs, leadMs }: Beat, at: number): number {
  const before = atMs - leadMs - sw.predictedLeadMs - TIMER_LATE_MS;
  return before + Math.ceil((at - before) / periodMs) * periodMs;
}

/** Whether a promotion sent now would miss the beat that the gate was closed for. */
export function missesBeat(sw: Switch, at: number): boolean {
  const beat = sw.arrangement?.beat ?? null;
  if (beat === null || sw.holds >= HOLDS_MAX) return false;
  const { atMs, periodMs } = beat;
  const untilNextMs = atMs - at + Math.ceil((at - atMs) / periodMs) * periodMs;
  return untilNextMs < LATEST_MS || untilNextMs > periodMs / 2;
}
