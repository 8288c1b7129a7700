import t from 'tap';
import { scaled } from '../../support/scale.js';
import { demandSameBytes } from './support/demand-same-bytes.js';

t.test('random sequences get the same bytes although the master moves in the middle', async (t) => {
  await demandSameBytes(t, 1, scaled(500, 20_000), true);
});
