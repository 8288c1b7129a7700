import type { Switch } from './run.js';

/** How long to wait after so many failures in a row, ms: doubling from `retryMinMs` to `retryMaxMs`. */
export function retryDelayMs(sw: Switch, failures: number): number {
  const { retryMinMs, retryMaxMs } = sw.run.settings;
  return Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(failures, 20));
}

/** The same, but never so long that the old master's pause could end between two attempts. */
export function retryDelayWithinPauseMs(sw: Switch, failures: number): number {
  const delayMs = retryDelayMs(sw, failures);
  return sw.canPause ? Math.min(delayMs, sw.run.settings.pauseTimeoutMs / 4) : delayMs;
}
