import { flag, milliseconds } from './kinds.js';
import { setting } from './setting.js';

/** The settings about a master that dies. */
export const FAILOVER_SETTING_TABLE = {
  autoFailover: setting({
    name: 'auto_failover',
    kind: flag(),
    default: false,
    description:
      'Promote the replica with the most data when the master has been dead for `down_after_ms` (`topology: direct` alone; ' +
      'elsewhere the owner of the roles does it)',
    reason: 'one observer is no quorum: a Holdfast that is cut off from a living master would make a second one',
  }),
  downAfterMs: setting({
    name: 'down_after_ms',
    kind: milliseconds(1, 600_000),
    default: 6000,
    description: 'With `auto_failover`: how long the master has to be silent, on all connections, to count as dead',
    reason: 'longer than the 5 s for which a script may keep a server silent before it answers BUSY',
  }),
} as const;
