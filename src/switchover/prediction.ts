import type { RoundTrips } from './events.js';
import type { OffsetSample } from './run.js';

/** What preflight expects of the hold. */
export interface Prediction {
  /** How far the candidate was behind, in the unit of its offsets. */
  readonly lag: number;
  /** Infinity: it is behind and does not move. */
  readonly catchupMs: number;
  readonly stallMs: number;
}

/**
 * Predicts the hold from two readings of both offsets.
 *
 * @param overheadMs what it will cost beyond round trips and catching up.
 *
 * The candidate is taken to go on as fast as it went between the readings. That is its slowest plausible speed: a
 * replica that keeps up moves only as fast as the master writes, and once the gate is closed nothing new comes.
 */
export function predict(
  first: OffsetSample,
  second: OffsetSample,
  roundTripMs: RoundTrips,
  overheadMs: number,
): Prediction {
  const lag = Math.max(0, second.master - second.candidate);
  const elapsedMs = second.at - first.at;
  const perMs = elapsedMs > 0 ? Math.max(0, second.candidate - first.candidate) / elapsedMs : 0;
  const catchupMs = lag === 0 ? 0 : perMs === 0 ? Infinity : lag / perMs;
  // Drain: one trip to the old master. Fence and first reading go at once: the longer of the two. Promotion: one trip.
  const tripsMs = roundTripMs.from + Math.max(roundTripMs.from, roundTripMs.to) + roundTripMs.to;
  return { lag, catchupMs, stallMs: tripsMs + catchupMs + overheadMs };
}
