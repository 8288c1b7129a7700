import t from 'tap';
import { PROCESS_FAULTS } from '../../chaos/faults/processes.js';
import { beat } from './support/beat.js';

void t.test('whoever dies or stands still while the master moves', (t) => beat(t, PROCESS_FAULTS));
