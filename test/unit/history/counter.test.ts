import t from 'tap';
import { judge } from '../../history/judge.js';
import { Recorder } from '../../history/recorder.js';
import { found, History } from './support/history.js';

await t.test('a counter', async (t) => {
  const clean = (name: string, history: History): unknown => t.same(found(history), [], name);
  const wrong = (kind: string, history: History): unknown => t.same(found(history), [kind], kind);
  const increment = (at: readonly [number, number], value: number) => new History('c').increment(at, value);

  clean('in order', increment([0, 1], 1).increment([2, 3], 2).count([4, 5], 2));
  clean('at the same time, the other way round', increment([0, 9], 2).increment([1, 8], 1));
  clean('an unknown one that ran', increment([0, 1], 1).unknownIncrement(2).count([3, 4], 2));
  clean('an unknown one that did not run', increment([0, 1], 1).unknownIncrement(2).count([3, 4], 1));
  clean('an unknown one that ran late', increment([0, 1], 1).unknownIncrement(2).count([3, 4], 1).count([5, 6], 2));
  clean('a refused one', increment([0, 1], 1).refusedIncrement([2, 3]).count([4, 5], 1));
  clean('a count during an increment', increment([0, 9], 1).count([1, 2], 1).count([1, 2], 0));

  wrong('lost', increment([0, 1], 1).finalCount([2, 3], 0));
  wrong('lost', increment([0, 1], 1).increment([2, 3], 1));
  wrong('stale-read', increment([0, 1], 1).count([2, 3], 0).count([4, 5], 1));
  wrong('stale-read', increment([0, 9], 1).count([1, 2], 1).count([3, 4], 0));
  wrong('doubled', increment([0, 1], 2));
  wrong('doubled', increment([0, 1], 1).finalCount([2, 3], 2));
  wrong('doubled', increment([0, 1], 1).increment([2, 3], 3).unknownIncrement(4));
  wrong('ran-though-refused', increment([0, 1], 1).refusedIncrement([2, 3]).count([4, 5], 2));
  wrong('wrong-reply', increment([0, 1], 0));
  wrong('wrong-reply', increment([0, 1], 1).count([2, 3], 1.5));
});

await t.test('what was recorded and not settled is unknown', async (t) => {
  let now = 0;
  const recorder = new Recorder(() => now++);
  recorder.begin('a', 'c', 'increment', null).ok(1);
  recorder.begin('a', 'c', 'increment', null);
  recorder.begin('b', 'c', 'increment', null).refused('READONLY');
  recorder.begin('c', 'c', 'count', null, { isFinal: true }).ok(2);
  const broken = recorder.begin('d', 'c', 'count', null);
  broken.unknown('the connection ended');
  t.throws(() => broken.ok(2), /settled twice/);
  const { operations, keys, outcomes, errors, anomalies } = judge(recorder.operations());
  t.same([operations, keys], [5, 1]);
  t.same(outcomes, { ok: 2, refused: 1, unknown: 2, unclean: 0 });
  t.same(errors, { 'no answer': 1, READONLY: 1, 'the connection ended': 1 });
  t.same(anomalies, []);
});

await t.test('a pipeline runs in its order', async (t) => {
  const sent = (...values: readonly number[]): History => {
    const history = new History('c');
    for (const [index, value] of values.entries()) history.increment([index, 9], value, 'pipeliner');
    return history;
  };
  t.same(found(sent(1, 2, 3)), []);
  t.same(found(sent(1, 3, 2)), ['out-of-order']);
  const recorder = new Recorder(() => 5);
  const both = [1, 2].map(() => recorder.begin('a', 'c', 'increment', null));
  both[0]?.ok(1);
  both[1]?.ok(2);
  const [first, second] = recorder.operations();
  t.ok((first?.start ?? 0) < (second?.start ?? 0), 'the clock stood still, and the order is known');
});

await t.test('an answer that says nothing is an anomaly', async (t) => {
  const recorder = new Recorder();
  recorder.begin('a', 'c', 'increment', null).unclean('ERR something');
  const { anomalies } = judge(recorder.operations());
  t.match(anomalies, [{ kind: 'unclean-error', message: /ERR something/ }]);
});

await t.test('one key holds one kind of thing', async (t) => {
  t.throws(() => judge(new History('c').count([0, 1], 0).append([2, 3], 'x', 1).operations), /counter and list/);
});
