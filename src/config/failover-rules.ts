import type { Rule } from './rule.js';
import type { Config } from './settings.js';

/** What `auto_failover` and `protect_diverged` need. */
export const FAILOVER_RULES: readonly Rule[] = [
  {
    // Two who replace a dead master would make two masters of it.
    needs: ['autoFailover', 'topology'],
    judge: ({ autoFailover, topology }) =>
      !autoFailover || topology === 'direct'
        ? []
        : [
            `auto_failover is for topology direct alone, and topology is ${topology}: whoever owns the roles there replaces a dead master, and Holdfast follows`,
          ],
  },
  {
    needs: ['protectDiverged', 'topology'],
    judge: ({ protectDiverged, topology }) =>
      !protectDiverged || topology === 'direct'
        ? []
        : [
            `protect_diverged is for topology direct alone, and topology is ${topology}: whoever owns the roles there demotes a former master, and does not ask what it has`,
          ],
  },
  {
    // A single probe that hangs, and the one behind it, must not be a verdict.
    needs: ['autoFailover', 'downAfterMs', 'connectTimeoutMs', 'probeIntervalMs'],
    judge: ({ autoFailover, downAfterMs, connectTimeoutMs, probeIntervalMs }) => {
      const leastMs = connectTimeoutMs + 2 * probeIntervalMs;
      return !autoFailover || downAfterMs >= leastMs
        ? []
        : [
            `down_after_ms (${downAfterMs}) must be at least connect_timeout_ms (${connectTimeoutMs}) + 2 * probe_interval_ms (${probeIntervalMs}), for two probes to fail`,
          ];
    },
  },
];

/** What an operator should know who may have meant something else; empty: nothing. */
export function failoverAdvice({ autoFailover, downAfterMs, outageHoldMs, commandTimeoutMs }: Config): string {
  const neededMs = downAfterMs + 2 * commandTimeoutMs;
  if (!autoFailover || outageHoldMs >= neededMs) return '';
  return (
    `outage_hold_ms (${outageHoldMs}) may end before a failover is done: with down_after_ms ${downAfterMs}, ` +
    `clients get MASTERDOWN unless it is ${neededMs} or more`
  );
}
