import t from 'tap';
import { Timeline } from '../../../bench/load/timeline.js';

await t.test('a window tells the longest wait and the longest silence that end in it', async (t) => {
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
  t.equal(timeline.window(300_000, 300_001).maxWaitMs, 2);
});
