import type { Machine } from '../support/machine.js';
import { stallFigures } from './figures.js';
import { judgeGoals } from './goals.js';
import { stallMarkdown } from './report.js';
import type { StallEntry } from './run-stall.js';
import { stallCharts, typicalSwitch } from './stall-charts.js';

/** A µs is as fine as any figure here can be trusted. */
const DECIMALS = 3;

/** All that one run says, for programs. */
export function stallJson(entries: readonly StallEntry[], machine: Machine): object {
  return {
    machine,
    goals: judgeGoals(entries),
    entries: entries.map(({ scenario, contender, result }) => ({
      scenario,
      contender: contender.name,
      method: contender.method,
      figures: stallFigures(result),
      ...result,
      // One of them is enough.
      samples: result.samples.map((sample) => ({ ...sample, picture: undefined })),
      typicalSwitch: typicalSwitch(result.samples),
    })),
  };
}

/** The files of one run by name: figures, a document with the tables, charts of the first scenario. */
export function stallFiles(entries: readonly StallEntry[], machine: Machine): ReadonlyMap<string, string> {
  const first = entries[0]?.scenario;
  const charts = stallCharts(entries.filter(({ scenario }) => scenario === first));
  return new Map([
    ['figures.json', compactJson(stallJson(entries, machine))],
    ['README.md', stallMarkdown(entries, machine, charts)],
    ...charts.map(({ name, svg }) => [name, svg] as const),
  ]);
}

/** Indented, but each list of numbers and each sample on one line. */
function compactJson(value: object): string {
  const rounded = (_key: string, each: unknown): unknown =>
    typeof each === 'number' && Number.isFinite(each) ? Number(each.toFixed(DECIMALS)) : each;
  const text = JSON.stringify(value, rounded, 1);
  return `${text.replaceAll(/[[{]\s+[^[\]{}]*?[\]}]/g, (small) => small.replaceAll(/\s+/g, ' '))}\n`;
}
