import type { RoundTrips } from './events.js';
import type { OffsetSample } from './run.js';

/** What preflight expects of the hold. */
export interface Prediction {
  /** How far the candidate was behind, in the unit of its offsets. */
  readonly lag: number;
  /** Infinity: it is behind and does not move. */
  readonly catchupMs: number;
  /** What comes before the promotion is sent. */
  readonly leadMs: number;
  readonly stallMs: number;
}

/**
 * Predicts the hold from two readings of both offsets.
 *
 * @param overheadMs what it will cost beyond round trips and catching up.
 * @param promotionMs what the promotion will take beyond a round trip.
 *
 * The candidate is taken to go on as fast as it went between the readings. That is its slowest plausible speed: a
 * replica that keeps up moves only as fast as the master writes, and once the gate is closed nothing new comes.
 */
export function predict(
  first: OffsetSample,
  second: OffsetSample,
  roundTripMs: RoundTrips,
  overheadMs: number,
  promotionMs: number,
): Prediction {
  const lag = Math.max(0, second.master - second.candidate);
  const elapsedMs = second.at - first.at;
  const perMs = elapsedMs > 0 ? Math.max(0, second.candidate - first.candidate) / elapsedMs : 0;
  const catchupMs = lag === 0 ? 0 : perMs === 0 ? Infinity : lag / perMs;
  // Drain: one trip to the old master. Fence and first reading go at once: the longer of the two. Promotion: one trip.
  const leadMs = roundTripMs.from + Math.max(roundTripMs.from, roundTripMs.to) + catchupMs + overheadMs;
  return { lag, catchupMs, leadMs, stallMs: leadMs + roundTripMs.to + promotionMs };
}
