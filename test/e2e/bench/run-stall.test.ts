import t from 'tap';
import type { StallContender } from '../../../bench/stall/contender.js';
import { judgeGoals } from '../../../bench/stall/goals.js';
import { runStall } from '../../../bench/stall/run-stall.js';
import { SCENARIOS, type Scenario } from '../../../bench/stall/scenarios.js';

function little(): Scenario {
  const [base] = SCENARIOS;
  if (base === undefined) throw new Error('no scenario');
  return { ...base, nodes: 2, switchovers: 5, rounds: 2 };
}

function broken(name: string, prepared: string[]): StallContender {
  const prepare = (): Promise<never> => {
    prepared.push(name);
    return Promise.reject(new Error(`${name} does not start`));
  };
  return { name, method: 'none', share: 1, aboutMs: 1, prepare };
}

await t.test('rounds that break off leave their switches wanted, and no goal reached', async (t) => {
  const prepared: string[] = [];
  const [entry, ...more] = await runStall({
    scenarios: [{ ...little(), contenders: ['holdfast'] }],
    contenders: [broken('holdfast', prepared), broken('redis-failover', prepared)],
    deadlineMs: Infinity,
    say: () => undefined,
  });
  if (entry === undefined) throw new Error('no entry');
  t.same(more, [], 'who takes no part has no entry');
  t.same(prepared, ['holdfast', 'holdfast']);
  t.match(entry.result, { wanted: 5, failures: ['holdfast does not start', 'holdfast does not start'] });
  t.equal(entry.result.samples.length, 0);
  const goals = judgeGoals([entry]);
  t.ok(goals.length > 0);
  t.same(
    goals.filter(({ reached }) => reached),
    [],
  );
});

await t.test('so do those that nothing is left of the time for', async (t) => {
  const prepared: string[] = [];
  const [entry] = await runStall({
    scenarios: [little()],
    contenders: [broken('holdfast', prepared)],
    deadlineMs: 0,
    say: () => undefined,
  });
  t.same(prepared, []);
  t.match(entry?.result, { wanted: 5, failures: [] });
});
