import t from 'tap';
import { tableMarkdown } from '../../../bench/support/figure-table.js';
import { figuresOf } from '../../../bench/throughput/figures.js';
import { replaceBlock } from '../../../bench/support/readme-block.js';
import { costTable, failureLines, goalsTable, latencyTable } from '../../../bench/throughput/report.js';
import type { Workload } from '../../../bench/throughput/workload.js';

const WORKLOAD: Workload = { command: 'mixed', connections: 1, pipeline: 16, size: 2048 };
const SAMPLE = { requests: 123_456, seconds: 1, p50Us: 18.2, p99Us: 1_234, p999Us: 222_000, ownCpuUs: 1, cpuUs: null };

const FIGURES = [
  figuresOf('direct', WORKLOAD, [{ sample: SAMPLE }]),
  figuresOf('twemproxy', WORKLOAD, [{ failure: 'the connection was closed' }]),
  figuresOf('holdfast', WORKLOAD, [{ sample: { ...SAMPLE, requests: 59_340, cpuUs: 14.83 } }, { failure: 'no reply' }]),
];

await t.test('contenders stand side by side; what has failed is a dash, and is told below', async (t) => {
  t.equal(
    tableMarkdown(costTable(FIGURES, 2048)),
    [
      '## Values of 2 KB: requests per second, CPU of the proxy per request (share of a core)',
      '',
      '| workload | direct | twemproxy | holdfast |',
      '| --- | --: | --: | --: |',
      '| 80/20, 1 connection, pipeline 16 | 123 k/s | – | 59.3 k/s, 14.8 µs (88 %) |',
    ].join('\n'),
  );
  t.equal(latencyTable(FIGURES, 2048).rows[0]?.[1], '0.018 / 1.23 / 222');
  t.same(costTable(FIGURES, 64).rows, []);
  t.same(failureLines(FIGURES), [
    'twemproxy, 80/20 2 KB, 1 connection, pipeline 16: 1 of 1 runs failed: the connection was closed',
    'holdfast, 80/20 2 KB, 1 connection, pipeline 16: 1 of 2 runs failed: no reply',
  ]);
});

await t.test('a goal is reached, or not, or for so many workloads', async (t) => {
  const ratios = [
    { workload: { ...WORKLOAD, command: 'set' as const }, ratio: 0.951, reached: false },
    { workload: WORKLOAD, ratio: 1.25, reached: true },
  ];
  const rows = goalsTable([
    { text: 'some', wanted: '≥ 1.0', ratios },
    { text: 'all', wanted: '≥ 1.0', ratios: ratios.slice(1) },
    { text: 'none', wanted: '≥ 1.0', ratios: ratios.slice(0, 1) },
    { text: 'nothing', wanted: '≥ 1.0', ratios: [] },
  ]).rows;
  t.same(
    rows.map((row) => row.at(-1)),
    ['1 of 2', 'yes', 'no', 'not measured'],
  );
  t.equal(rows[0]?.[2], '2 KB: SET 0.95, 80/20 1.25');
});

await t.test('what stands between two marks is replaced, and nothing else', async (t) => {
  const text = 'before\n\n<!-- a -->\n\nold\n\n<!-- /a -->\n\nafter';
  t.equal(replaceBlock(text, 'a', 'new $& words'), 'before\n\n<!-- a -->\n\nnew $& words\n\n<!-- /a -->\n\nafter');
  t.equal(replaceBlock(text, 'b', 'new'), text);
});
