import { explore, type Exploration } from './explorer.js';
import type { Mutant } from './mutants.js';
import { scenarioNamed } from './scenarios.js';

/** A mutant, and what the exploration made of it. */
export interface Trial {
  readonly mutant: Mutant;
  readonly found: Exploration;
  /** The promise that it breaks was seen to be broken. */
  readonly isCaught: boolean;
}

/** Far more than any mutant needs until it is found. */
const STATES_MAX = 200_000;

export function runMutant(mutant: Mutant): Trial {
  const scenario = scenarioNamed(mutant.scenario ?? 'plain');
  const troubles = mutant.troubles ?? scenario.troubles;
  const found = explore({ laws: mutant.laws, scenario: { ...scenario, troubles } }, mutant.budget, STATES_MAX);
  return { mutant, found, isCaught: found.violation?.promise.startsWith(`${mutant.breaks}:`) === true };
}
