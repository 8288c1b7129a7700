import t from 'tap';
import { found, History } from './support/history.js';

await t.test('a value with a time to live', async (t) => {
  const clean = (name: string, history: History): unknown => t.same(found(history), [], name);
  const wrong = (kind: string, history: History): unknown => t.same(found(history), [kind], kind);
  const written = (): History => new History('x').writeExpiring([0, 10], 'a', 100);

  clean('there, then gone', written().read([20, 30], 'a').read([200, 210], null));
  clean('gone at the edge, as the server counts', written().read([20, 99], null));
  clean('there at the edge', written().read([101, 109], 'a'));
  clean('read before', written().read([0, 5], null).read([6, 9], 'a'));
  clean(
    'written without an answer',
    new History('x').unknownWriteExpiring(0, 'a', 100).read([20, 30], null).read([500, 501], 'a'),
  );

  wrong('expired-early', written().read([20, 30], null));
  wrong('outlived-its-time', written().read([140, 150], 'a'));
  wrong('stale-read', written().read([90, 95], null).read([96, 97], 'a'));
  wrong('wrong-reply', written().read([20, 30], 'b'));
  wrong('ran-though-refused', new History('x').refusedWriteExpiring([0, 1], 'a', 100).read([20, 30], 'a'));
  t.throws(() => found(written().writeExpiring([20, 30], 'b', 100)), /once/);
});
