import { parseArgs } from 'node:util';
import { explore, type Exploration } from './explorer.js';
import { PRODUCT, type Scenario } from './laws.js';
import { MUTANTS } from './mutants.js';
import { explorationText, saveResults, trialText } from './results.js';
import { runMutant } from './run-mutant.js';
import { SCENARIOS } from './scenarios.js';
import { traceOf } from './trace.js';

/*
 * Explores the machine of the switch.
 *   --faults 1          how much trouble may strike in one switch (1)
 *   --scenario plain    only this one
 *   --states 5000000    gives up behind so many states
 *   --no-mutants        leaves out the bugs that are put back
 *   --save              writes the tables of docs/verification.md
 */
const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    states: { type: 'string', default: 'Infinity' },
    'no-mutants': { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

const budget = Number(values.faults);
let failed = false;

function exploreScenario(scenario: Scenario): Exploration {
  const explored = { laws: PRODUCT, scenario };
  const found = explore(explored, budget, Number(values.states));
  console.log(explorationText(scenario, budget, found));
  if (found.violation !== null) console.log(traceOf(explored, budget, found.violation));
  failed ||= found.violation !== null || found.isCut;
  return found;
}

const explorations = SCENARIOS.filter(({ name }) => values.scenario === undefined || values.scenario === name).map(
  (scenario) => ({ scenario, budget, found: exploreScenario(scenario) }),
);
const trials = (values['no-mutants'] ? [] : MUTANTS).map((mutant) => {
  const trial = runMutant(mutant);
  console.log(trialText(trial));
  failed ||= !trial.isCaught;
  return trial;
});
if (values.save) saveResults(explorations, trials);
if (failed) process.exitCode = 1;
