import { rowsMarkdown, type FigureTable } from '../../bench/support/figure-table.js';
import { quantile } from '../../bench/support/quantile.js';
import { barChart } from '../../bench/support/svg-charts.js';
import { lineChart } from '../../bench/support/svg-lines.js';
import { FAMILIES } from './faults/catalogue.js';
import { growthOf } from './growth.js';
import type { Figures, Row } from './tally.js';

const HEAD = ['runs', 'struck', 'switched', 'aborted', 'refused', 'unresolved', 'no answer'];
const COMMANDS = ['commands', 'refused', 'unknown', 'longest gap, ms (p50 / max)'];

/** What is found in the end: a block of Markdown, and pictures by file name. */
export interface Report {
  readonly markdown: string;
  readonly charts: ReadonlyMap<string, string>;
}

/** @param directory of the pictures, as the block refers to it. */
export function reportOf(figures: Figures, directory: string): Report {
  return {
    markdown: [
      summary(figures),
      rowsMarkdown(tableOf('fault', [...figures.byFault, figures.all])),
      rowsMarkdown(tableOf('moment', figures.byPhase)),
      `![The longest time without any success, by fault](${directory}/gaps.svg)`,
      `![Memory and descriptors of Holdfast](${directory}/footprint.svg)`,
    ].join('\n\n'),
    charts: new Map([
      ['gaps.svg', gapChart(figures)],
      ['footprint.svg', footprintChart(figures)],
    ]),
  };
}

function summary({ runs, minutes, seed, wrong, excused, failover, helped, all, footprints }: Figures): string {
  const { ok, refused, unknown, unclean } = all.commands;
  const asked = ok + refused + unknown + unclean;
  const share = (count: number): string => `${((100 * count) / Math.max(1, asked)).toFixed(2)} %`;
  return (
    `${runs} runs in ${minutes.toFixed(0)} minutes, seeds from ${seed}; in ${wrong} of them something was wrong. ` +
    `${asked} commands of applications: ${share(ok)} went well, ${share(refused)} were refused by an error that says that they did not run, ` +
    `${share(unknown)} are unknown to their clients, ${unclean} got an error that does not tell. ` +
    `In ${excused} runs acknowledged writes were missing because a person had promoted a node by force. ` +
    `In ${failover.runs} runs \`auto_failover\` was on; in ${failover.happened} of them Holdfast replaced a dead master, and in ${failover.lossy} of these ` +
    `acknowledged writes were missing, as the report of the failover says that they may. ` +
    `In ${helped} runs a person had to act before the shard settled: to promote the node that had been the master, or to restart Holdfast. ` +
    growthOf(footprints)
  );
}

function tableOf(what: string, rows: readonly Row[]): FigureTable {
  return {
    title: `by ${what}`,
    head: [what, ...HEAD, ...COMMANDS],
    words: 1,
    rows: rows.map((row) => [
      row.name,
      row.runs,
      row.struck,
      row.switched,
      row.aborted,
      row.refused,
      row.unresolved,
      row.unheard,
      row.commands.ok + row.commands.refused + row.commands.unknown + row.commands.unclean,
      row.commands.refused,
      row.commands.unknown,
      `${quantile(row.gapsMs, 0.5).toFixed(0)} / ${quantile(row.gapsMs, 1).toFixed(0)}`,
    ]),
  };
}

function gapChart({ byFault }: Figures): string {
  const of = new Map(byFault.map((row) => [row.name, row]));
  const panels = Object.entries(FAMILIES).flatMap(([title, faults]) => {
    const rows = faults.flatMap(({ name }) => of.get(name) ?? []);
    if (rows.length === 0) return [];
    const values = [0.5, 1].map((q) => rows.map(({ gapsMs }) => Math.round(quantile(gapsMs, q))));
    return [{ title, categories: rows.map(({ name }) => name.replaceAll('-', '\n')), values }];
  });
  return barChart({
    title: 'The longest time in which no client had a success, in a run with each fault',
    unit: 'ms; a fault lasts up to 1500 ms, and most of them strike in the middle of a switch',
    series: [
      { name: 'median', color: '#2da44e' },
      { name: 'longest', color: '#e5534b' },
    ],
    panels,
    columns: 1,
  });
}

function footprintChart({ footprints, minutes }: Figures): string {
  const highest = Math.max(1, ...footprints.flatMap(({ residentMiB, descriptors }) => [residentMiB, descriptors]));
  return lineChart({
    title: 'What Holdfast takes, with one or two workers, between the runs',
    unit: 'MiB of resident memory, open descriptors; it was restarted whenever it was struck itself, and with each shard',
    x: { name: 'minutes', min: 0, max: Math.max(1, Math.ceil(minutes)), log: false },
    yMax: Math.ceil(highest / 100) * 100,
    series: [
      { name: 'MiB', color: '#e5534b', dashed: false },
      { name: 'descriptors', color: '#2da44e', dashed: false },
    ],
    filled: false,
    panels: [
      {
        title: 'all its processes',
        lines: [
          footprints.map(({ atMinutes, residentMiB }) => [atMinutes, residentMiB] as const),
          footprints.map(({ atMinutes, descriptors }) => [atMinutes, descriptors] as const),
        ],
      },
    ],
    columns: 1,
    panelHeight: 260,
  });
}
