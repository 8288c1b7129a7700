import { parentPort, workerData } from 'node:worker_threads';
import { monotonicMs } from '../load/monotonic.js';
import { ARMED, SLEEP, type Alarm } from './alarm.js';

/**
 * A thread that does nothing but sleep until the moment it is given, and say so. Sleeping takes fractions of a
 * millisecond here, which the timers of an event loop do not.
 */

const { flags, atMs } = workerData as Alarm;

for (;;) {
  Atomics.wait(flags, ARMED, 0);
  const restMs = (atMs[0] ?? 0) - monotonicMs();
  // Nobody wakes it: it is the time-out that counts.
  if (restMs > 0) Atomics.wait(flags, SLEEP, 0, restMs);
  Atomics.store(flags, ARMED, 0);
  parentPort?.postMessage(null);
}
