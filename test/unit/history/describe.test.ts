import t from 'tap';
import { describe } from '../../history/describe.js';
import { judge } from '../../history/judge.js';
import { History } from './support/history.js';

await t.test('an anomaly can be read', async (t) => {
  const { operations } = new History('l').append([10, 11.5], 'a', 1).unknownAppend(12, 'b').finalRange([20, 21], []);
  const [anomaly] = judge(operations).anomalies;
  t.equal(
    anomaly && describe(anomaly),
    [
      'lost on l: a was acknowledged, and is not in the list',
      '  0.00–1.50 ms client-0: append l {"element":"a"} → 1',
      '  10.00–11.00 ms client-2: range l → []',
    ].join('\n'),
  );
  const long = new History('l').append([0, 1], 'a', 1).finalRange(
    [2, 3],
    Array.from({ length: 100 }, () => 'x'.repeat(9)),
  );
  const [unknown] = judge(long.operations).anomalies;
  t.match(unknown && describe(unknown), /^wrong-reply .*\n.{100,200}$/);
});
