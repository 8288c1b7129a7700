import t from 'tap';
import { MUTANTS } from '../../explore/mutants.js';
import { runMutant } from '../../explore/run-mutant.js';
import { scaled } from '../../support/scale.js';

/** Those that need trouble to show take some seconds together: `npm run verify` and the full tests have them. */
const FAULTS_MAX = scaled(0, 2);

for (const mutant of MUTANTS) {
  const isLetLoose = mutant.budget <= FAULTS_MAX || mutant.troubles !== undefined;
  if (!isLetLoose) continue;
  t.test(`found: ${mutant.bug}`, (t) => {
    const { isCaught, found } = runMutant(mutant);
    t.ok(isCaught, `${mutant.breaks} ← ${found.violation?.promise ?? 'nothing'}`);
    t.end();
  });
}
