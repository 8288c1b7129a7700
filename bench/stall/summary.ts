import { rowsMarkdown } from '../support/figure-table.js';
import { machineLines, type Machine } from '../support/machine.js';
import { stallFigures } from './figures.js';
import type { StallEntry } from './run-stall.js';
import type { ChartFile } from './stall-charts.js';

/** How README.md calls the contenders. */
const CALLED: Readonly<Record<string, string>> = {
  holdfast: 'Holdfast',
  'controller-steps': "kvrocks-controller's five steps, on Redis",
  'redis-failover': 'Redis `FAILOVER`',
  'sentinel-failover': '`SENTINEL FAILOVER`',
};

/**
 * What README.md shows of a run: one scenario, all contenders.
 *
 * @param entries of that scenario. @param directory where the charts and the whole report are.
 */
export function stallSummary(
  entries: readonly StallEntry[],
  machine: Machine,
  charts: readonly ChartFile[],
  directory: string,
): string {
  const [scenario] = entries.map((entry) => entry.scenario);
  if (scenario === undefined) throw new Error('a summary of nothing');
  const rows = entries.map(({ contender, result }) => {
    const { switched, stated, waitMs, quiet } = stallFigures(result);
    const stall =
      stated === null ? '–' : [stated.stallMs.p50, stated.stallMs.p99, stated.stallMs.max].map(ms).join(' / ');
    return [
      CALLED[contender.name] ?? contender.name,
      switched,
      stall,
      [waitMs.p50, waitMs.p99, waitMs.max].map(ms).join(' / '),
      [quiet.waitMs.p50, quiet.waitMs.p99, quiet.waitMs.max].map(ms).join(' / '),
      result.errors,
      result.findings.lost,
      result.findings.doubled + result.findings.ranThoughRefused,
    ];
  });
  const table = rowsMarkdown({
    title: '',
    head: [
      'p50 / p99 / max in ms',
      'switches',
      'stall',
      'longest wait of a write',
      'without a switch',
      'errors',
      'lost',
      'doubled',
    ],
    words: 1,
    rows,
  });
  return [
    table,
    ...charts
      .filter(({ name }) => name === 'timeline.svg')
      .map(({ name, title }) => `![${title}](${directory}/${name})`),
    `The \`${scenario.name}\` scenario of one run of \`npm run bench:stall -- --save\`: ${scenario.rate} SET/s of ${scenario.size} bytes over ` +
      `${scenario.connections} connections, with INCR, RPUSH and GET on top, ${scenario.nodes} nodes, the ways in turns. *stall*: gate closed to gate ` +
      'open. *longest wait*: as clients measured it round each switch; *without a switch*: the same in the 200 ms before, which is the noise of the ' +
      'machine, and part of the other. The errors are `READONLY`; those clients were told where the new master is and connected again. ' +
      `Other rates, numbers of nodes, network delays, the first switch of a process, and which goals were reached: [${directory}](${directory}/README.md).`,
    machineLines(machine)
      .map((line) => `- ${line}`)
      .join('\n'),
  ].join('\n\n');
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
