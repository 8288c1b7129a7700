import t from 'tap';
import { judgeGoals } from '../../../bench/stall/goals.js';
import type { StallEntry } from '../../../bench/stall/run-stall.js';
import { stallEntry, stallSample } from './stall-entries.js';

function goal(entries: readonly StallEntry[], words: string): { readonly value: string; readonly reached: boolean } {
  const found = judgeGoals(entries).find((each) => each.goal.includes(words));
  if (found === undefined) throw new Error(`no goal that says ${words}`);
  return found;
}

await t.test('a stall is judged by its median, its 99 % and its maximum', async (t) => {
  const short = Array.from({ length: 99 }, () => stallSample({ stallMs: 1 }));
  t.ok(goal([stallEntry('holdfast', short)], 'stall p50').reached);
  const long = [...short, stallSample({ stallMs: 11 })];
  t.notOk(goal([stallEntry('holdfast', long)], 'stall p50').reached, 'one beyond the maximum');
});

await t.test('a prediction is judged by how far it was off in most cases', async (t) => {
  const off = (predictedMs: number): StallEntry =>
    stallEntry('holdfast', [
      ...Array.from({ length: 8 }, () => stallSample({})),
      stallSample({ predictedMs }),
      stallSample({ predictedMs }),
    ]);
  t.ok(goal([off(1.4)], 'prediction').reached);
  t.notOk(goal([off(1.6)], 'prediction').reached);
});

await t.test('the other ways are compared by what clients see', async (t) => {
  const holdfast = stallEntry('holdfast', [stallSample({ waitMs: 2 })]);
  const controller = (waitMs: number): StallEntry =>
    stallEntry('controller-steps', [stallSample({ waitMs, detail: null })]);
  t.ok(goal([holdfast, controller(6)], '1/3').reached);
  t.notOk(goal([holdfast, controller(5)], '1/3').reached);
});

await t.test('a read may wait a millisecond longer than without a switch', async (t) => {
  const entry = (readWaitMs: number): StallEntry => stallEntry('holdfast', [stallSample({ readWaitMs })]);
  t.ok(goal([entry(2.9)], 'read').reached, 'without a switch it is 2 ms');
  t.notOk(goal([entry(3.1)], 'read').reached);
});

await t.test('round trips are counted where there is a delay', async (t) => {
  const entry = stallEntry('holdfast', [stallSample({ stallMs: 13 })], { roundTripMs: 4 }, 'delay-2ms');
  t.match(goal([entry], 'round trips'), { value: /3\.25/, reached: true });
});

await t.test('one lost write, one error, or one round that failed, in whichever scenario', async (t) => {
  const sound = stallEntry('holdfast', [stallSample({})]);
  t.ok(goal([sound], 'lost').reached);
  const findings = { ...sound.result.findings, lost: 1 };
  for (const changed of [{ findings }, { errors: 1 }, { unknown: 1 }, { failures: ['it broke'] }]) {
    const unsound = stallEntry('holdfast', [stallSample({})], changed, 'slow');
    t.notOk(goal([sound, unsound], 'lost').reached, Object.keys(changed).join());
  }
});

await t.test('what was not measured is not judged', async (t) => {
  t.same(judgeGoals([]), []);
  t.same(judgeGoals([stallEntry('redis-failover', [stallSample({ detail: null })])]), []);
});
