import type { AdminPorts } from './ports.js';

/** Everything that asks for a human: the alarms of the switch, of the failover, and of the listeners. */
export function alarmsOf({ switchover, doors, failover }: AdminPorts): readonly string[] {
  const { alarms } = switchover.status();
  return [
    ...alarms,
    ...(failover === null || failover.problem() === '' ? [] : ['no-failover']),
    ...(doors.certificateProblem() === '' ? [] : ['tls-files']),
  ];
}
