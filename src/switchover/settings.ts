import type { SwitchoverRequest } from './ports.js';

/**
 * The settings of the switch, in the spelling of the code; the configuration file writes them in snake case
 * (`sync_timeout_ms`). Each default has its reason beside it.
 */
export interface SwitchoverSettings {
  /** Promote at the end of `sync_timeout_ms` although the candidate is behind; the report then names the gap. */
  readonly forceOnTimeout: boolean;
  /** Gate closed → candidate caught up, ms: drain, fence and catch-up share it. */
  readonly syncTimeoutMs: number;
  /** `CLIENT PAUSE` of the old master, ms. */
  readonly pauseTimeoutMs: number;
  /** Refuse a master that has no `CLIENT PAUSE` (else the proxy's own hold has to do). */
  readonly requirePause: boolean;
  /** All of preflight, ms. */
  readonly preflightTimeoutMs: number;
  /** The answer to the promotion, ms; after it the outcome counts as unknown. */
  readonly promoteTimeoutMs: number;
  /** How long clients are held while an unknown promotion is resolved, ms. */
  readonly resolveTimeoutMs: number;
  /** How long the operator waits for the settling, ms; settling itself goes on until it is done. */
  readonly settleTimeoutMs: number;
  /** One command to one node outside the promotion, ms. */
  readonly commandTimeoutMs: number;
  /** Write the roles into the nodes' configuration files when a switch is over (`CONFIG REWRITE`). */
  readonly persistRoles: boolean;
  /** Keep a former master out that has writes of its own, until a person says that they may be lost. */
  readonly protectDiverged: boolean;
  /** First pause between two attempts of the settling, ms; doubled at each failure. */
  readonly retryMinMs: number;
  /** Longest pause between two attempts of the settling, ms. */
  readonly retryMaxMs: number;
}

export const DEFAULT_SETTINGS: SwitchoverSettings = {
  // Losing acknowledged writes must be asked for.
  forceOnTimeout: false,
  // kvrocks-controller's value. A healthy replica needs 0.2–2.5 ms; a client that waits 100 ms does not time out.
  syncTimeoutMs: 100,
  // kvrocks-controller's value: outlives sync_timeout_ms + promote_timeout_ms, with room for the demotion.
  pauseTimeoutMs: 500,
  // Without the server's pause, writers that bypass the proxy lose what they write during the switch.
  requirePause: true,
  // Dialling hundreds of connections takes a second on a slow machine; nobody waits for it but the operator.
  preflightTimeoutMs: 5_000,
  // Redis answers in under a millisecond, Kvrocks in up to 100 ms (its replication thread has a 100 ms timer).
  promoteTimeoutMs: 200,
  // A node that stalls (fork, swap) comes back within a second or two; clients commonly time out at 5 s.
  resolveTimeoutMs: 3_000,
  // A partial resync is done in milliseconds; a full one may take minutes and is reported as pending instead.
  settleTimeoutMs: 10_000,
  // As long as a healthy node never needs, and short enough to be tried several times within settle_timeout_ms.
  commandTimeoutMs: 1_000,
  // The old master is moved away from to be restarted, and must not come back as a second master.
  persistRoles: true,
  // The shard is whole again without anybody; what was lost is reported.
  protectDiverged: false,
  // The first attempt most often fails for a reason that is gone a few milliseconds later (a link being dropped).
  retryMinMs: 10,
  // Often enough that an operator who repaired a node sees it settle at once.
  retryMaxMs: 1_000,
};

/**
 * The settings of one call. An operator who allows a longer catch-up gets a pause that outlasts it, unless he names the
 * pause himself; then it is his, and preflight refuses it if it is too short.
 */
export function effectiveSettings(settings: SwitchoverSettings, request: SwitchoverRequest): SwitchoverSettings {
  const syncTimeoutMs = request.syncTimeoutMs ?? settings.syncTimeoutMs;
  const roomMs = settings.pauseTimeoutMs - settings.syncTimeoutMs;
  return {
    ...settings,
    forceOnTimeout: request.forceOnTimeout ?? settings.forceOnTimeout,
    syncTimeoutMs,
    pauseTimeoutMs: request.pauseTimeoutMs ?? Math.max(settings.pauseTimeoutMs, syncTimeoutMs + roomMs),
  };
}
