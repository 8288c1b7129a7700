import type { StallDetail } from '../../../bench/stall/contender.js';
import type { StallEntry } from '../../../bench/stall/run-stall.js';
import { SCENARIOS } from '../../../bench/stall/scenarios.js';
import { NO_RESULT, type StallResult, type StallSample } from '../../../bench/stall/stall-result.js';

/** A switch of an idle machine, but for what a test says. */
export function stallSample(
  changed: Partial<StallSample> & Partial<Pick<StallDetail, 'stallMs' | 'predictedMs'>>,
): StallSample {
  const { stallMs = 1, predictedMs = 1, ...rest } = changed;
  const phasesMs = { drain: stallMs, fence: 0, catchup: 0, promote: 0, redirect: 0 };
  return {
    outcome: 'switched',
    detail: { stallMs, predictedMs, phasesMs },
    roundTripMs: 1,
    waitMs: 2,
    gapMs: 2,
    readWaitMs: 2,
    quiet: { waitMs: 2, gapMs: 2, readWaitMs: 2 },
    after: { waitMs: 2, gapMs: 2, readWaitMs: 2 },
    picture: null,
    ...rest,
  };
}

/** What came of a contender in a scenario, and went well but for what a test says. */
export function stallEntry(
  contender: string,
  samples: readonly StallSample[],
  changed: Partial<StallResult> = {},
  scenarioName = 'base',
): StallEntry {
  const scenario = SCENARIOS.find(({ name }) => name === scenarioName);
  if (scenario === undefined) throw new Error(`no scenario ${scenarioName}`);
  return {
    scenario,
    contender: {
      name: contender,
      method: 'by hand',
      share: 1,
      aboutMs: 1,
      prepare: () => Promise.reject(new Error('nothing is measured here')),
    },
    result: {
      ...NO_RESULT,
      wanted: samples.length,
      samples,
      reachedRate: 10_000,
      sustainedRate: 10_000,
      ...changed,
    },
  };
}
