import t from 'tap';
import { explore } from '../../explore/explorer.js';
import { PRODUCT } from '../../explore/laws.js';
import { SCENARIOS, scenarioNamed } from '../../explore/scenarios.js';
import { traceOf } from '../../explore/trace.js';

/** `npm run verify` goes through all scenarios with faults; here one of them, the smallest, stands for them. */
for (const scenario of SCENARIOS) {
  t.test(`without a fault every promise holds: ${scenario.about}`, (t) => {
    const explored = { laws: PRODUCT, scenario };
    const { violation, isCut } = explore(explored, 0);
    t.equal(violation?.promise, undefined, violation === null ? '' : traceOf(explored, 0, violation));
    t.notOk(isCut);
    t.end();
  });
}

t.test('with any one fault every promise holds', (t) => {
  const scenario = scenarioNamed('no pause');
  const explored = { laws: PRODUCT, scenario };
  const { violation, states, byTrouble } = explore(explored, 1);
  t.comment(`${states} states`);
  t.equal(violation?.promise, undefined, violation === null ? '' : traceOf(explored, 1, violation));
  t.ok(byTrouble.size > 20, `${byTrouble.size} kinds of trouble struck`);
  t.end();
});
