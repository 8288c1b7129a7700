import t from 'tap';
import { scaled } from '../../support/scale.js';
import { demandSameBytes } from './support/demand-same-bytes.js';

t.test('random sequences get the same bytes behind Holdfast as from the server itself', async (t) => {
  await demandSameBytes(t, { from: 1, count: scaled(500, 25_000), moving: false });
});
