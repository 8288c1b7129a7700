import { DEFAULT_SETTINGS, type SwitchoverSettings } from '../switchover/settings.js';
import { flag, milliseconds } from './kinds.js';
import type { Setting } from './setting.js';

/** Ten minutes: longer than any hold that clients could live through, so a longer value is a slip of the keyboard. */
const MAX_MS = 600_000;

/** The settings of the switch; the type makes sure that none is missing. Defaults come from where they are used. */
export const SWITCHOVER_SETTING_TABLE: {
  readonly [K in keyof SwitchoverSettings]: Setting<SwitchoverSettings[K]>;
} = {
  forceOnTimeout: {
    name: 'force_on_timeout',
    kind: flag(),
    default: DEFAULT_SETTINGS.forceOnTimeout,
    description: 'Promote when `sync_timeout_ms` is over although the candidate is behind; the report names the gap',
    reason: 'losing acknowledged writes has to be asked for',
  },
  syncTimeoutMs: {
    name: 'sync_timeout_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.syncTimeoutMs,
    description: 'Time from closing the gate until the candidate has caught up: drain, fence and catch-up share it',
    reason: 'as in kvrocks-controller; a healthy replica needs 0.2 to 2.5 ms',
  },
  pauseTimeoutMs: {
    name: 'pause_timeout_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.pauseTimeoutMs,
    description: 'How long the old master is told to pause writes (`CLIENT PAUSE … WRITE`)',
    defaultWhereOwned: 5000,
    reason: 'as in kvrocks-controller; outlives `sync_timeout_ms` + `promote_timeout_ms` with room for the demotion',
  },
  requirePause: {
    name: 'require_pause',
    kind: flag(),
    default: DEFAULT_SETTINGS.requirePause,
    description: 'Refuse to switch away from a master without `CLIENT PAUSE … WRITE` (Kvrocks before 2.15)',
    reason: 'without it, what is written past the proxy during the switch is lost',
  },
  preflightTimeoutMs: {
    name: 'preflight_timeout_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.preflightTimeoutMs,
    description: 'Time for all that comes before the gate is closed',
    reason: 'opening hundreds of connections may take a second; no client waits for it',
  },
  promoteTimeoutMs: {
    name: 'promote_timeout_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.promoteTimeoutMs,
    description: 'Time for the answer to the promotion; after it the outcome counts as unknown and is resolved',
    defaultWhereOwned: 2000,
    reason: 'Redis needs under a millisecond, Kvrocks up to 100 ms; a Sentinel works in steps of 50 to 100 ms',
  },
  resolveTimeoutMs: {
    name: 'resolve_timeout_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.resolveTimeoutMs,
    description: 'How long clients are held while an unknown promotion is resolved',
    reason: 'a node that stalls comes back within a second or two; many clients time out at 5 s',
  },
  settleTimeoutMs: {
    name: 'settle_timeout_ms',
    kind: milliseconds(0, MAX_MS),
    default: DEFAULT_SETTINGS.settleTimeoutMs,
    description: 'How long SWITCHOVER waits for the settling before it answers; settling goes on until it is done',
    reason: 'a partial resync takes milliseconds; a full one may take minutes and is reported as pending',
  },
  commandTimeoutMs: {
    name: 'command_timeout_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.commandTimeoutMs,
    description: 'Time for one command to one node outside the promotion',
    reason: 'longer than a healthy node needs, short enough for several attempts within `settle_timeout_ms`',
  },
  persistRoles: {
    name: 'persist_roles',
    kind: flag(),
    default: DEFAULT_SETTINGS.persistRoles,
    description:
      "Write the roles into the nodes' configuration files after a switch (`CONFIG REWRITE`); what can not be written is noted in the report",
    reason: 'a former master that is restarted would else come back as a second master',
  },
  protectDiverged: {
    name: 'protect_diverged',
    kind: flag(),
    default: DEFAULT_SETTINGS.protectDiverged,
    description:
      'Keep a former master that has writes of its own out of the shard, paused, until `REJOIN`; else it follows again and they are lost, which is reported. With `topology: direct` alone; else whoever owns the roles demotes it',
    reason: 'a shard that is whole again by itself; with it, a person can look at what would be lost',
  },
  retryMinMs: {
    name: 'retry_min_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.retryMinMs,
    description: 'First wait between two attempts to settle; doubled at each failure',
    reason: 'the first attempt mostly fails for something that is gone milliseconds later',
  },
  retryMaxMs: {
    name: 'retry_max_ms',
    kind: milliseconds(1, MAX_MS),
    default: DEFAULT_SETTINGS.retryMaxMs,
    description: 'Longest wait between two attempts to settle',
    reason: 'a node that was repaired settles within a second',
  },
};
