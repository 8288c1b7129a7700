import t from 'tap';
import { BURDENS } from '../../chaos/faults/burdens.js';
import { beat } from './support/beat.js';

void t.test('servers and connections have a lot to do while the master moves', (t) => beat(t, BURDENS));
