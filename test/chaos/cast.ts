import type { Role } from '../workload/workload.js';
import type { Fault } from './faults/fault.js';

/** Who takes part: some of each kind. */
const CAST: Readonly<Record<Role, number>> = {
  register: 2,
  big: 1,
  counter: 3,
  list: 1,
  expiring: 1,
  conditional: 2,
  banker: 2,
  producer: 2,
  consumer: 2,
  publisher: 1,
  subscriber: 2,
  pipeliner: 1,
};

/** @returns how many clients do what. Messages are promised for switches by Holdfast, not for those of others (README). */
export function castFor(fault: Fault | null): Readonly<Record<Role, number>> {
  return fault?.movesTheMaster === true ? { ...CAST, publisher: 0, subscriber: 0 } : CAST;
}
