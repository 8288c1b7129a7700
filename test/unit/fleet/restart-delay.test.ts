import t from 'tap';
import { RestartDelay } from '../../../src/fleet/restart-delay.js';

const LONG_LIFE_MS = 10_000;

t.test('the first wait is the shortest; each further one is twice as long, up to a limit', async (t) => {
  const delay = new RestartDelay();
  const waits = Array.from({ length: 9 }, () => delay.afterLife(0));
  t.same(waits, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

t.test('after a long life it begins anew', async (t) => {
  const delay = new RestartDelay();
  const livesMs = [0, 0, LONG_LIFE_MS, LONG_LIFE_MS + 1, 0, LONG_LIFE_MS + 1, LONG_LIFE_MS + 1];
  t.same(
    livesMs.map((livedMs) => delay.afterLife(livedMs)),
    [50, 100, 200, 50, 100, 50, 50],
  );
});

t.test('all times can be others', async (t) => {
  const delay = new RestartDelay({ minMs: 3, maxMs: 10, longLifeMs: 5 });
  t.same(
    [0, 5, 0, 0, 6, 0].map((livedMs) => delay.afterLife(livedMs)),
    [3, 6, 10, 10, 3, 6],
  );
});
