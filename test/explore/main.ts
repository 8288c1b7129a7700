import { parseArgs } from 'node:util';
import { Coverage } from './coverage.js';
import { explore, type Exploration } from './explorer.js';
import { PRODUCT, type Scenario } from './laws.js';
import { MUTANTS } from './mutants.js';
import { coverageText, explorationText, saveResults, trialText } from './results.js';
import { runMutant } from './run-mutant.js';
import { SCENARIOS } from './scenarios.js';
import { traceOf } from './trace.js';
import { walk } from './walks.js';

/*
 * Explores the machine of the switch.
 *   --faults 1          how much trouble may strike in one switch (1)
 *   --scenario plain    only this one
 *   --states 5000000    goes no further than so many states
 *   --walks 1000        goes so many ways at random instead of all
 *   --no-mutants        leaves out the bugs that are put back
 *   --save              writes the tables of docs/verification.md
 */
const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    states: { type: 'string' },
    walks: { type: 'string' },
    'no-mutants': { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

const budget = Number(values.faults);
const coverage = new Coverage();
let failed = false;

function exploreScenario(scenario: Scenario): Exploration {
  const explored = { laws: PRODUCT, scenario };
  const found = explore(explored, budget, Number(values.states ?? Infinity), coverage);
  console.log(explorationText(scenario, budget, found));
  if (found.violation !== null) console.log(traceOf(explored, budget, found.violation));
  failed ||= found.violation !== null;
  return found;
}

/** The same at random; it reaches deep where there is too much to see all of it. */
function walkScenario(scenario: Scenario, walks: number): void {
  const explored = { laws: PRODUCT, scenario };
  const { steps, violation, ...walked } = walk(explored, budget, walks);
  const result = violation?.promise ?? 'every promise holds';
  console.log(`${scenario.name}, up to ${budget} faults, ${walked.walks} walks of ${steps} steps in all: ${result}`);
  if (violation !== null) console.log(traceOf(explored, budget, violation));
  failed ||= violation !== null;
}

const chosen = SCENARIOS.filter(({ name }) => values.scenario === undefined || values.scenario === name);
const { walks } = values;
if (walks !== undefined) for (const scenario of chosen) walkScenario(scenario, Number(walks));
const explorations =
  walks === undefined ? chosen.map((scenario) => ({ scenario, budget, found: exploreScenario(scenario) })) : [];
const missing = coverage.missing(PRODUCT.transition);
if (walks === undefined) console.log(coverageText(coverage, missing));
const trials = (values['no-mutants'] || walks !== undefined ? [] : MUTANTS).map((mutant) => {
  const trial = runMutant(mutant);
  console.log(trialText(trial));
  failed ||= !trial.isCaught;
  return trial;
});
if (values.save) saveResults(explorations, trials, coverageText(coverage, missing));
if (failed) process.exitCode = 1;
