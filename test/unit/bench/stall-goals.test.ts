import t, { type Test } from 'tap';
import { judgeGoals } from '../../../bench/stall/goals.js';
import type { StallEntry } from '../../../bench/stall/run-stall.js';
import type { StallResult, StallSample } from '../../../bench/stall/stall-result.js';
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

await t.test('the first switch of a process is judged as the others are', async (t) => {
  const first = (stallMs: number): StallEntry => stallEntry('holdfast', [stallSample({ stallMs })], {}, 'first');
  t.ok(goal([first(1.5)], 'first: stall').reached);
  t.notOk(goal([first(1.6)], 'first: stall').reached);
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
  const entry = stallEntry('holdfast', [stallSample({ stallMs: 13, roundTripMs: 4 })], {}, 'delay-2ms');
  t.match(goal([entry], 'round trips'), { value: /3\.25/, reached: true });
  const rounds = [stallSample({ stallMs: 13, roundTripMs: 2 }), stallSample({ stallMs: 13, roundTripMs: 10 })];
  const mixed = stallEntry('holdfast', [...rounds, stallSample({ stallMs: 18, roundTripMs: 4 })], {}, 'delay-2ms');
  t.match(goal([mixed], 'round trips'), { value: /4\.50/, reached: false }, 'those of the round that the stall was in');
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

const ABORTED = stallSample({ outcome: 'ABORTED catchup-timeout', detail: null, waitMs: 0, readWaitMs: 0 });

/** Reads what became of the goals, of which each but those in `untouched` must have failed. */
function allFail(t: Test, entries: readonly StallEntry[], untouched: readonly string[], why: RegExp): void {
  for (const { goal: words, value, reached } of judgeGoals(entries)) {
    if (untouched.some((part) => words.includes(part))) continue;
    t.notOk(reached, `${words}: ${value}`);
    t.match(value, why);
  }
}

await t.test('switches that did not happen fail what is said of those that did', async (t) => {
  const good = Array.from({ length: 9 }, () => stallSample({ waitMs: 1.4 }));
  const sound = ['base', 'slow', 'delay-2ms'].map((name) => stallEntry('holdfast', good, {}, name));
  const controller = stallEntry('controller-steps', [stallSample({ waitMs: 60, detail: null })]);
  t.same(
    judgeGoals([...sound, controller]).filter(({ reached }) => !reached),
    [],
  );
  const unsound: Readonly<Record<string, Parameters<typeof stallEntry>[2]>> = {
    'fewer than asked for': { wanted: 10 },
    aborted: { wanted: 10, samples: [...good, ABORTED] },
    'a round that broke off': { wanted: 10, failures: ['it broke'] },
  };
  for (const [name, changed] of Object.entries(unsound)) {
    await t.test(name, async (t) => {
      const entries = ['base', 'slow', 'delay-2ms'].map((scenario) => stallEntry('holdfast', good, changed, scenario));
      allFail(t, [...entries, controller], ['errors, lost'], /made 9 of 10 switches/);
    });
  }
});

await t.test('where no switch happened at all, every goal stands there and is not reached', async (t) => {
  const entries = ['base', 'slow', 'delay-2ms'].map((name) => stallEntry('holdfast', [ABORTED], {}, name));
  t.equal(judgeGoals(entries).length, 11);
  allFail(t, entries, ['errors, lost'], /made 0 of 1 switches/);
});

await t.test(
  'another way that broke off, or ran out of time, is no comparison; what it refused is its own',
  async (t) => {
    const holdfast = stallEntry('holdfast', [stallSample({})]);
    const slow = stallSample({ waitMs: 60, detail: null });
    const whole = 'all rounds';
    const compare = (samples: readonly StallSample[], changed: Partial<StallResult>): readonly boolean[] => {
      const entries = [holdfast, stallEntry('controller-steps', samples, changed)];
      return [goal(entries, '1/3').reached, goal(entries, whole).reached];
    };
    t.same(compare([slow], {}), [true, true]);
    t.same(compare([slow, ABORTED], {}), [true, true]);
    t.same(compare([ABORTED], {}), [false, true]);
    t.same(compare([slow], { wanted: 2 }), [false, false]);
    t.same(compare([slow], { failures: ['it broke'] }), [false, false]);
    const sentinel = stallEntry('sentinel-failover', [slow], { failures: ['it broke'] });
    t.notOk(goal([holdfast, sentinel], whole).reached);
  },
);

await t.test('what was not measured is not judged', async (t) => {
  t.same(judgeGoals([]), []);
  t.same(judgeGoals([stallEntry('redis-failover', [stallSample({ detail: null })])]), []);
});
