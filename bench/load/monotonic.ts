/**
 * `performance.now()` counts from the start of its own process; the kernel's monotonic clock underneath is one for the
 * whole machine. Adding the difference back makes times of the load process and of its parent comparable.
 */
const sinceBootMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds on the machine's monotonic clock, with fractions; comparable between processes of one machine. */
export function monotonicMs(): number {
  return performance.now() + sinceBootMs;
}
