import type { SwitchoverStatus } from '../switchover/ports.js';

/** Redis' own words in `INFO replication`. */
export type FailoverState = 'no-failover' | 'waiting-for-sync' | 'failover-in-progress';

/** States of `switchover/machine.ts` behind the point of no return. */
const PROMOTING_STATES: ReadonlySet<string> = new Set([
  'promoting',
  'resolving',
  'unresolved',
  'redirecting',
  'settling',
]);
/** States in which no switchover is running and everything is settled. */
const RESTING_STATES: ReadonlySet<string> = new Set(['serving', 'stopped']);

/**
 * Where a switchover stands, in the terms of Redis' FAILOVER. While nodes are being settled Redis' own failover would
 * still be in progress too: it ends when the old master follows the new one, and that is what its users wait for before
 * they stop a node.
 */
export function failoverState(status: SwitchoverStatus): FailoverState {
  if (PROMOTING_STATES.has(status.state)) return 'failover-in-progress';
  return RESTING_STATES.has(status.state) ? 'no-failover' : 'waiting-for-sync';
}
