/**
 * Bounds for everything that a client may feel, in seconds. prom-client's own start at 5 ms and would show every planned
 * stall in one bucket; these are finest where the aim lies (p50 ≤ 2 ms, p99 ≤ 5 ms) and reach up to the longest hold.
 */
export const STALL_BUCKETS_SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  2.5,
];

/** Bounds for the phases: those above, and on to a settling that waits for a full resync. */
export const PHASE_BUCKETS_SECONDS: readonly number[] = [...STALL_BUCKETS_SECONDS, 5, 10, 60];
