import type { AdminPorts } from './ports.js';

/** All that can be on: what `switchover/status.ts` raises, and {@link alarmsOf}. Another one would show as soon as it is raised. */
export const ALARMS = [
  'demotion-pending',
  'repoint-pending',
  'diverged',
  'unresolved',
  'state-not-written',
  'two-masters',
  'gate-closed',
  'internal-error',
  'no-failover',
  'tls-files',
] as const;

/** Everything that asks for a human: the alarms of the switch, of the failover, and of the listeners. */
export function alarmsOf({ switchover, topology, gate, doors, failover }: AdminPorts): readonly string[] {
  const { alarms, state } = switchover.status();
  return [
    ...alarms,
    // While a switch is on it makes two of one, and tells by itself if one of them stays.
    ...(state === 'serving' && topology.masters().length > 1 ? ['two-masters'] : []),
    ...(gate.isOverdue() ? ['gate-closed'] : []),
    ...(failover === null || failover.problem() === '' ? [] : ['no-failover']),
    ...(doors.certificateProblem() === '' ? [] : ['tls-files']),
  ];
}
