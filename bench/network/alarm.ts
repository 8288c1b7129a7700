/** What the clock thread and the thread that it wakes have in common. */
export interface Alarm {
  readonly flags: Int32Array<SharedArrayBuffer>;
  /** When to ring, on the machine's monotonic clock; read once {@link ARMED} is 1. */
  readonly atMs: Float64Array<SharedArrayBuffer>;
}

/** Place in the flags: 1 from the setting of the alarm until it rings. */
export const ARMED = 0;
/** Place in the flags: always 0. */
export const SLEEP = 1;
