import t from 'tap';
import { judge } from '../../history/judge.js';
import type { Operation } from '../../history/operation.js';
import { SeededRandom } from '../resp/seeded-random.js';
import { realHistory, type AtomicObject } from './support/atomic.js';
import { AtomicCounter, AtomicList, AtomicQueue, AtomicRegister } from './support/objects.js';

const CLIENTS = 50;
/** How much is on one key: a list is read whole each time, and what has conditions has to be searched. */
const SIZES: readonly (readonly [string, number, () => AtomicObject])[] = [
  ['register', 30_000, () => new AtomicRegister('plain')],
  ['counter', 30_000, () => new AtomicCounter()],
  ['queue', 30_000, () => new AtomicQueue()],
  ...Array.from({ length: 5 }, (_, n) => [`list-${n}`, 1000, () => new AtomicList()] as const),
  ...Array.from({ length: 25 }, (_, n) => [`conditional-${n}`, 200, () => new AtomicRegister('all')] as const),
];

await t.test('a hundred thousand operations of fifty clients', async (t) => {
  const history = SIZES.flatMap(([key, requests, create], number) => {
    const clients = key.startsWith('conditional') ? 8 : CLIENTS;
    const size = { clients, requests, unknown: 0.005, refused: 0.01 };
    return realHistory(new SeededRandom(number), create(), size).map((operation): Operation => ({ ...operation, key }));
  });
  const { anomalies, operations } = judge(history);
  t.same(anomalies, []);
  t.ok(operations > 100_000 - 1000, String(operations));
});
