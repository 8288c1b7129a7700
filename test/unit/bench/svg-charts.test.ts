import t from 'tap';
import { barChart } from '../../../bench/support/svg-charts.js';

const CHART = {
  title: 'Speed & cost',
  unit: 'requests per second',
  series: [
    { name: 'one', color: '#111111' },
    { name: 'other', color: '#222222' },
  ],
  panels: [
    {
      title: 'first <panel>',
      categories: ['SET', 'GET'],
      values: [
        [1_500_000, 2],
        [null, 4],
      ],
    },
    {
      title: 'second',
      categories: ['SET', 'GET'],
      values: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  columns: 2,
};

const TAG = /^<\/?[\w:]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>$/;

await t.test('a chart is well-formed, with its title, unit, series, panels and categories in words', async (t) => {
  const svg = barChart(CHART);
  t.match(svg, /^<svg /);
  for (const [tag] of svg.replaceAll(/<!\[CDATA\[[^]*?\]\]>/g, '').matchAll(/<[^>]*>/g)) {
    if (!TAG.test(tag)) t.fail(`not a tag: ${tag}`);
  }
  for (const words of [
    'Speed &amp; cost',
    'requests per second',
    'one',
    'other',
    'first &lt;panel&gt;',
    'SET',
    '1.5M',
  ]) {
    t.ok(svg.includes(`>${words}</text>`), words);
  }
});

await t.test('a figure that is not there leaves a hole, no bar', async (t) => {
  const bars = (svg: string, color: string): number => svg.split(`fill="${color}"`).length - 1;
  const svg = barChart(CHART);
  t.equal(bars(svg, '#111111') - bars(svg, '#222222'), 1, 'one series has four bars, the other three');
});

await t.test('rows of panels make the picture higher', async (t) => {
  const height = (columns: number): number => Number(/height="(\d+)"/.exec(barChart({ ...CHART, columns }))?.[1]);
  t.ok(height(1) > height(2));
});
