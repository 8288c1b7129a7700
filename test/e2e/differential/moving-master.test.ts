import t from 'tap';
import { scaled } from '../../support/scale.js';
import { demandSameBytes } from './support/demand-same-bytes.js';

t.test('random sequences get the same bytes although the master moves in the middle', async (t) => {
  await demandSameBytes(t, { from: 1, count: scaled(200, 10_000), moving: true });
});

t.test('so they do over several lanes', async (t) => {
  await demandSameBytes(t, { from: 1_000_001, count: scaled(120, 10_000), moving: true, lanes: 4 });
});
