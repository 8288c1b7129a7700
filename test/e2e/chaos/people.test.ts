import t from 'tap';
import { PEOPLE } from '../../chaos/faults/people.js';
import { beat } from './support/beat.js';

void t.test('operators do what they like while the master moves', (t) => beat(t, PEOPLE));
