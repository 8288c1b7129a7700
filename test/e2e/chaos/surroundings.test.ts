import t from 'tap';
import { spawnSync } from 'node:child_process';
import { SURROUNDING_FAULTS } from '../../chaos/faults/surroundings.js';
import { beat } from './support/beat.js';

const NO_PRLIMIT =
  spawnSync('prlimit', ['--version']).status === 0 ? '' : 'skipped: prlimit, which stands for a full disk, is missing';

void t.test('disk and clock fail while the master moves', { skip: NO_PRLIMIT }, (t) => beat(t, SURROUNDING_FAULTS, 2));
