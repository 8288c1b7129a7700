import type { AdminPorts } from './ports.js';

/** Everything that asks for a human: the alarms of the switch, and those of the listeners. */
export function alarmsOf({ switchover, doors }: AdminPorts): readonly string[] {
  const { alarms } = switchover.status();
  return doors.certificateProblem() === '' ? alarms : [...alarms, 'tls-files'];
}
