import { BURDENS } from './burdens.js';
import type { Fault } from './fault.js';
import { NETWORK_FAULTS } from './network.js';
import { PEOPLE } from './people.js';
import { PROCESS_FAULTS } from './processes.js';
import { SURROUNDING_FAULTS } from './surroundings.js';

/** Everything that may happen to a shard and to Holdfast. */
export const FAULTS: readonly Fault[] = [
  ...NETWORK_FAULTS,
  ...PROCESS_FAULTS,
  ...SURROUNDING_FAULTS,
  ...BURDENS,
  ...PEOPLE,
];
