import t from 'tap';
import { transition } from '../../../src/switchover/machine.js';
import type { StateName } from '../../../src/switchover/states.js';
import { Coverage } from '../../explore/coverage.js';
import { explore } from '../../explore/explorer.js';
import { PRODUCT } from '../../explore/laws.js';
import { SCENARIOS, scenarioNamed } from '../../explore/scenarios.js';
import { traceOf } from '../../explore/trace.js';
import type { Trouble } from '../../explore/world.js';

/** `npm run verify` goes through all scenarios with faults; here one of them, the smallest, stands for them. */
const coverage = new Coverage();

for (const scenario of SCENARIOS) {
  t.test(`without a fault every promise holds: ${scenario.about}`, (t) => {
    const explored = { laws: PRODUCT, scenario };
    const { violation, isCut } = explore(explored, 0, Infinity, coverage);
    t.equal(violation?.promise, undefined, violation === null ? '' : traceOf(explored, 0, violation));
    t.notOk(isCut);
    t.end();
  });
}

/** Scenarios with a kind of fault that leads to what nothing else does. */
const FAULTY: readonly { readonly name: string; readonly troubles?: readonly Trouble[] }[] = [
  { name: 'no pause' },
  { name: 'plain', troubles: ['standstill'] },
  { name: 'beat', troubles: ['standstill'] },
];

for (const { name, troubles } of FAULTY) {
  t.test(`with any one fault every promise holds: ${name}`, (t) => {
    const scenario = scenarioNamed(name);
    const explored = { laws: PRODUCT, scenario: { ...scenario, troubles: troubles ?? scenario.troubles } };
    const { violation, states, byTrouble } = explore(explored, 1, Infinity, coverage);
    t.comment(`${states} states`);
    t.equal(violation?.promise, undefined, violation === null ? '' : traceOf(explored, 1, violation));
    t.ok(byTrouble.size === troubles?.length || byTrouble.size > 20, `${byTrouble.size} kinds of trouble struck`);
    t.end();
  });
}

/** Every state that the machine has. Nothing changes one that has stopped. */
const STATES: Readonly<Record<Exclude<StateName, 'stopped'>, true>> = {
  serving: true,
  inspecting: true,
  preparing: true,
  measuring: true,
  arranging: true,
  recording: true,
  timing: true,
  electing: true,
  appointing: true,
  holding: true,
  draining: true,
  fencing: true,
  'catching-up': true,
  extending: true,
  promoting: true,
  resolving: true,
  redirecting: true,
  retreating: true,
  aborting: true,
  settling: true,
  unresolved: true,
};

t.test('every state of the machine was met', (t) => {
  t.same([...coverage.states].toSorted(), Object.keys(STATES).toSorted());
  const missing = coverage.missing(transition);
  t.comment(`${coverage.pairs.size} pairs of state and event came up; ${missing.length} that could, did not`);
  for (const pair of missing) t.comment(pair);
  t.end();
});
