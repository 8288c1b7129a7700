import type { Switch } from './run.js';

/** How long to wait after so many failures in a row, ms: doubling from `retryMinMs` to `retryMaxMs`. */
export function retryDelayMs(sw: Switch, failures: number): number {
  const { retryMinMs, retryMaxMs } = sw.run.settings;
  return Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures, 20));
}

/** Somebody else who pauses the old master may end its pause in any moment; so it is renewed before long, ms. */
const SHARED_PAUSE_MS = 200;

/** How long a pause of the old master can be relied on from when it was ordered, ms. */
export function reliablePauseMs({ run }: Switch): number {
  const { pauseTimeoutMs } = run.settings;
  return run.strategy.sharesPause === true ? Math.min(pauseTimeoutMs, SHARED_PAUSE_MS) : pauseTimeoutMs;
}

/** As {@link retryDelayMs}, but never so long that the old master's pause could end between two attempts. */
export function retryDelayWithinPauseMs(sw: Switch, failures: number): number {
  const delayMs = retryDelayMs(sw, failures);
  return sw.canPause ? Math.min(delayMs, reliablePauseMs(sw) / 4) : delayMs;
}
