import type { Machine } from '../support/machine.js';
import { publishInReadme } from '../support/readme-block.js';
import { saveReport } from '../support/save-report.js';
import type { StallEntry } from './run-stall.js';
import { SCENARIOS } from './scenarios.js';
import { stallCharts } from './stall-charts.js';
import { stallFiles } from './stall-files.js';
import { stallSummary } from './summary.js';

/** Figures, tables and charts in `bench/results/stall/`, and, of a run of all scenarios, a summary in README.md. @returns the directory. */
export function publishStall(entries: readonly StallEntry[], machine: Machine): string {
  const directory = saveReport('stall', stallFiles(entries, machine));
  const isWhole = SCENARIOS.every(({ name }) => entries.some(({ scenario }) => scenario.name === name));
  if (isWhole) {
    const first = entries.filter(({ scenario }) => scenario.name === SCENARIOS[0]?.name);
    publishInReadme('figures:stall', stallSummary(first, machine, stallCharts(first), directory));
  }
  return directory;
}
