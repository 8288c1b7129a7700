import type { Clock } from '../switchover/ports.js';

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => new Date(),
  schedule(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};
