import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage, Pair } from './coverage.js';
import type { Exploration } from './explorer.js';
import type { Scenario } from './laws.js';
import type { Trial } from './run-mutant.js';

/** One scenario, and what was seen of it. */
export interface Seen {
  readonly scenario: Scenario;
  readonly budget: number;
  readonly found: Exploration;
}

export function explorationText({ name, about }: Scenario, budget: number, found: Exploration): string {
  const { states, transitions, depth, byState, byTrouble, isCut, violation } = found;
  const counted = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([what, times]) => `${what} ${times}`).join(', ');
  return [
    `${name} (${about}), up to ${budget} faults: ${violation?.promise ?? (isCut ? 'cut off' : 'every promise holds')}`,
    `  ${states} states, ${transitions} transitions, ${depth} steps deep`,
    `  states of the machine: ${counted(byState)}`,
    `  trouble: ${counted(byTrouble)}`,
  ].join('\n');
}

export function trialText({ mutant, found, isCaught }: Trial): string {
  const { violation, states } = found;
  const how =
    violation === null ? 'nothing' : `${violation.promise} (${violation.path.length} steps, ${states} states)`;
  return `${isCaught ? 'found' : 'MISSED'}: ${mutant.bug}: ${how}`;
}

export function coverageText({ pairs }: Coverage, missing: readonly Pair[]): string {
  const list = missing.length === 0 ? '' : `: ${missing.join(', ')}`;
  return `An event changed a state in ${pairs.size} different pairs of the two; ${missing.length} more would, and never came up${list}.`;
}

const DOCUMENT = join(import.meta.dirname, '..', '..', '..', 'docs', 'verification.md');

/** Writes both tables between their marks. */
export function saveResults(explorations: readonly Seen[], trials: readonly Trial[], coverage: string): void {
  const before = readFileSync(DOCUMENT, 'utf8');
  const lines = [...scenarioTable(explorations), '', ...stateTable(explorations), '', coverage];
  const withStates = between(before, 'explored', lines);
  writeFileSync(DOCUMENT, trials.length === 0 ? withStates : between(withStates, 'mutants', mutantTable(trials)));
}

function scenarioTable(explorations: readonly Seen[]): readonly string[] {
  return table(
    ['scenario', 'what it is about', 'faults', 'states', 'transitions', 'steps deep'],
    explorations.map(({ scenario, budget, found }) => [
      scenario.name,
      scenario.about,
      `up to ${budget}`,
      found.isCut ? `the nearest ${thousands(found.states)}` : thousands(found.states),
      thousands(found.transitions),
      String(found.depth),
    ]),
  );
}

function stateTable(explorations: readonly Seen[]): readonly string[] {
  const names = [...new Set(explorations.flatMap(({ found }) => [...found.byState.keys()]))];
  const all = (name: (typeof names)[number]) =>
    explorations.reduce((sum, { found }) => sum + (found.byState.get(name) ?? 0), 0);
  return table(
    ['state of the machine', 'reached in so many states'],
    names.map((name) => [name, thousands(all(name))]),
  );
}

function mutantTable(trials: readonly Trial[]): readonly string[] {
  return table(
    ['bug', 'promise that it breaks', 'faults', 'shortest trace', 'states until found'],
    trials.map(({ mutant, found }) => [
      mutant.bug,
      found.violation?.promise.split(':')[0] ?? 'MISSED',
      String(mutant.budget),
      `${found.violation?.path.length ?? 0} steps`,
      thousands(found.states),
    ]),
  );
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}

/** In columns, as the formatter wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

function between(text: string, name: string, lines: readonly string[]): string {
  const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(?=<!-- /${name} -->)`);
  return text.replace(marked, (_, mark: string) => `${mark}\n${lines.join('\n')}\n\n`);
}
