import t from 'tap';
import { NETWORK_FAULTS } from '../../chaos/faults/network.js';
import { beat } from './support/beat.js';

void t.test('whatever the network does while the master moves', (t) => beat(t, NETWORK_FAULTS));
