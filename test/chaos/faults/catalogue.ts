import type { Fault } from './fault.js';
import { NETWORK_FAULTS } from './network.js';
import { PROCESS_FAULTS } from './processes.js';

/** Everything that may happen to a shard and to Holdfast. */
export const FAULTS: readonly Fault[] = [...NETWORK_FAULTS, ...PROCESS_FAULTS];
