import t from 'tap';
import { Timeline } from '../../../bench/load/timeline.js';

await t.test('a window tells the longest wait and the longest silence of which it holds a part', async (t) => {
  const timeline = new Timeline(1_000);
  timeline.acknowledged(1_001.5, 0.5);
  timeline.acknowledged(1_001.75, 0.75);
  timeline.acknowledged(1_009.75, 7.5);
  timeline.acknowledged(1_010.5, 0.25);
  const window = timeline.window(1_001, 1_011);
  t.equal(window.maxWaitMs, 7.5);
  t.equal(window.maxGapMs, 8);
  t.same(window.acknowledgements, [2, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  t.equal(timeline.window(1_010, 1_011).maxWaitMs, 0.25);
});

await t.test('of windows side by side, none misses what reaches over their edges', async (t) => {
  const timeline = new Timeline(1_000);
  timeline.acknowledged(1_010, 1);
  // It begins at 1030 and ends at 1090, and is the first after a silence since 1010.
  timeline.acknowledged(1_090, 60);
  timeline.acknowledged(1_091, 1);
  const longest = (fromMs: number, toMs: number): readonly number[] => {
    const { maxWaitMs, maxGapMs } = timeline.window(fromMs, toMs);
    return [maxWaitMs, maxGapMs];
  };
  t.same(longest(1_000, 1_009), [0, 10], 'before: the silence until the first one');
  t.same(longest(1_000, 1_010), [1, 10]);
  t.same(longest(1_012, 1_029), [0, 80], 'the silence has begun, the wait has not');
  t.same(longest(1_012, 1_040), [60, 80], 'what ends later');
  t.same(longest(1_050, 1_060), [60, 80], 'what neither begins nor ends in it');
  t.same(longest(1_080, 1_095), [60, 80], 'what began earlier');
  t.same(longest(1_090, 1_095), [1, 1], 'what was over when it began');
});

await t.test('a window beyond what was recorded is empty', async (t) => {
  const timeline = new Timeline(0);
  t.match(timeline.window(-50, 10), { fromMs: 0, maxWaitMs: 0, maxGapMs: 0 });
  t.equal(timeline.window(1e9, 2e9).acknowledgements.length, 0);
});

await t.test('a long run is kept whole', async (t) => {
  const timeline = new Timeline(0);
  timeline.acknowledged(5, 1);
  timeline.acknowledged(300_000.5, 2);
  t.equal(timeline.window(0, 10).maxWaitMs, 1);
  t.equal(timeline.window(299_999, 300_001).maxWaitMs, 2);
});
