import t from 'tap';
import { expectedMs } from '../../../bench/stall/run-stall.js';
import { changedScenario, SCENARIOS, type Scenario } from '../../../bench/stall/scenarios.js';
import { stallEntry } from './stall-entries.js';

function scenario(wanted: string): Scenario {
  const found = SCENARIOS.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`no scenario ${wanted}`);
  return found;
}

await t.test(
  'the first switch of a process is the only one of its round, whatever the command line says',
  async (t) => {
    const first = scenario('first');
    t.match(first, { switchovers: 10, rounds: 10 });
    for (const change of [{ switchovers: 4 }, { rounds: 4 }, { switchovers: 4, rounds: 2 }]) {
      t.match(changedScenario(first, { ...change, rate: 7 }), { switchovers: 4, rounds: 4, rate: 7 });
    }
    t.match(changedScenario(first, { nodes: 2 }), { switchovers: 10, rounds: 10, nodes: 2 });
    t.match(changedScenario(scenario('base'), { switchovers: 4 }), { switchovers: 4, rounds: 3 });
  },
);

await t.test('a scenario that is about one contender takes no time for the others', async (t) => {
  const contenders = ['holdfast', 'redis-failover'].map((name) => stallEntry(name, []).contender);
  const [own] = contenders;
  if (own === undefined) throw new Error('no contender');
  const expected = (name: string, of: typeof contenders): number =>
    expectedMs({ scenarios: [scenario(name)], contenders: of });
  t.equal(expected('first', contenders), expected('first', [own]));
  t.ok(expected('first', [own]) > 0);
  t.ok(expected('base', contenders) > expected('base', [own]));
});
