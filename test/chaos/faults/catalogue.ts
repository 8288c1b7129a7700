import { BURDENS } from './burdens.js';
import type { Fault } from './fault.js';
import { NETWORK_FAULTS } from './network.js';
import { PEOPLE } from './people.js';
import { PROCESS_FAULTS } from './processes.js';
import { SURROUNDING_FAULTS } from './surroundings.js';

export const FAMILIES: Readonly<Record<string, readonly Fault[]>> = {
  network: NETWORK_FAULTS,
  processes: PROCESS_FAULTS,
  'disk and clock': SURROUNDING_FAULTS,
  burdens: BURDENS,
  people: PEOPLE,
};

/** Everything that may happen to a shard and to Holdfast. */
export const FAULTS: readonly Fault[] = Object.values(FAMILIES).flat();
