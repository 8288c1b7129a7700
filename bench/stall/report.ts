import { machineLines, type Machine } from '../support/machine.js';
import { tableMarkdown, tableText, type FigureTable } from '../support/figure-table.js';
import { stallFigures } from './figures.js';
import { judgeGoals } from './goals.js';
import type { StallEntry } from './run-stall.js';
import type { ChartFile } from './stall-charts.js';
import { goalTable, outcomeTable, scenarioTable, stallTable, waitTable } from './tables.js';

const LEGEND = [
  '*longest wait*: the longest time a write (a read of the clients that only read) waited for its reply, round a switch;',
  '*without a switch*: the same in 200 ms before each, which is the noise of the machine; *afterwards*: the longest wait of a read or a write',
  'from then on until the next quiet look: no moment is left out; *gap*: longest silence between',
  "two acknowledgements; *broken*: connections lost by the server's or the proxy's doing; *followed*: given up by clients to follow the master;",
  '*lost*, *doubled*: of the writes that the oracle counts (INCR, RPUSH, the last SET of each key), and *doubled* also what ran though it was refused.',
].join('\n');

/** The tables for a terminal. */
export function stallText(entries: readonly StallEntry[]): string {
  return [...tablesOf(entries).map(tableText), LEGEND, ...troubleLines(entries)].join('\n\n');
}

/** A document with the tables, and the pictures that lie beside it. */
export function stallMarkdown(entries: readonly StallEntry[], machine: Machine, charts: readonly ChartFile[]): string {
  const methods = new Map(entries.map(({ contender }) => [contender.name, contender.method]));
  const trouble = troubleLines(entries);
  return `${[
    '# Moving the master: how long writes stand still',
    'Written by `npm run bench:stall`; the method is in [bench/README.md](../../README.md).',
    machineLines(machine).join('\\\n'),
    [...methods].map(([name, method]) => `- \`${name}\`: ${method}.`).join('\n'),
    ...charts.map(({ name, title }) => `![${title}](${name})`),
    ...tablesOf(entries).map(tableMarkdown),
    LEGEND,
    ...(trouble.length === 0 ? [] : ['## What did not go well', trouble.map((line) => `- ${line}`).join('\n')]),
  ].join('\n\n')}\n`;
}

function tablesOf(entries: readonly StallEntry[]): readonly FigureTable[] {
  return [
    scenarioTable([...new Set(entries.map(({ scenario }) => scenario))]),
    waitTable(entries),
    outcomeTable(entries),
    stallTable(entries),
    goalTable(judgeGoals(entries)),
  ];
}

/** Switches and rounds that failed, errors that clients saw, rates that were not reached. */
function troubleLines(entries: readonly StallEntry[]): readonly string[] {
  return entries.flatMap(({ scenario, contender, result }) => {
    const name = `${scenario.name}, ${contender.name}`;
    const { notSwitched } = stallFigures(result);
    const missing = result.wanted - result.samples.length;
    return [
      ...(missing > 0
        ? [`${name}: ${missing} of ${result.wanted} switches are missing: a round failed, or the time was over`]
        : []),
      ...result.failures.map((words) => `${name}: a round failed: ${words}`),
      ...Object.entries(notSwitched).map(([outcome, count]) => `${name}: ${count} not switched: ${outcome}`),
      ...result.errorTexts.map((text) => `${name}: clients saw: ${text}`),
      ...(result.sustainedRate < scenario.rate
        ? [`${name}: the machine does not sustain ${scenario.rate} SET/s; measured at ${result.sustainedRate}`]
        : []),
    ];
  });
}
