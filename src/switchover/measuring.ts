import { refuse } from './candidate.js';
import type { Intent } from './intent.js';
import { endPreflight } from './endings.js';
import type { Event, EventOf } from './events.js';
import { predict, type Prediction } from './prediction.js';
import { refused, stopPreflight } from './preflight-endings.js';
import { dataOf, type Switch } from './run.js';
import type { Arranging, Measuring, Preparing } from './states.js';
import type { Calls, Step } from './step.js';

/*
 * Preflight, steps 3 and 4: what the hold will cost, and whether it may be begun.
 *
 * Measured twice: before the strategy makes its last preparations (a dry run ends there, and has touched nothing), and
 * behind them, since they may have interrupted the candidate's link.
 */

/**
 * A busy replica is a few commands behind at any moment; so many readings in a row mean that it does not keep up. Together
 * they take a little longer than the second in which a replica, fresh from a diskless synchronisation, acknowledges and
 * only then is streamed to.
 */
const LAGGED_READINGS_MAX = 25;
/** Between two such readings, ms: long enough to see a rate. */
const LAGGED_PAUSE_MS = 50;

/** Step 3. */
export function measure(state: Preparing | Measuring | Arranging, laggedReadings: number, calls: Calls): Step {
  const { sw, interrupted, deadline } = state;
  const call = calls.next();
  return {
    state: { type: 'measuring', step: 'reading', laggedReadings, sw, interrupted, call, deadline },
    effects: [{ type: 'measure', call, from: sw.from, to: sw.to, timeoutMs: sw.run.settings.commandTimeoutMs }],
  };
}

export function whileMeasuring(state: Measuring, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'measured':
      return judgeLag(state, event, calls);
    case 'woke':
      if (state.step === 'waiting' && event.call === state.call) return measure(state, state.laggedReadings, calls);
      return refused(state, refuse('preflight-timeout', 'while measuring the lag'), calls);
    case 'failed':
      return refused(state, refuse('node-down', event.failure.message), calls);
    default:
      return stopPreflight(state, event, calls);
  }
}

function judgeLag(state: Measuring, event: EventOf<'measured'>, calls: Calls): Step {
  const { sw } = state;
  const { syncTimeoutMs, forceOnTimeout } = sw.run.settings;
  const sample = { at: event.at, master: event.masterOffset, candidate: event.candidateOffset };
  const prediction = predict(sw.sample, sample, event.roundTripMs, sw.run.overheadMs, sw.promotionMs);
  if (prediction.catchupMs > syncTimeoutMs && !forceOnTimeout) return waitForCandidate(state, prediction, calls);
  // With force the catch-up may be hopeless; the hold is bounded by sync_timeout_ms all the same.
  const predictedLeadMs = Math.min(leadOf(sw, prediction), syncTimeoutMs);
  const predictedStallMs = predictedLeadMs + event.roundTripMs.to + sw.promotionMs;
  const measured: Switch = { ...sw, predictedStallMs, predictedLeadMs, counters: event.counters };
  if (sw.run.dryRun) {
    const ending = { outcome: 'would-switch', reason: '', sentence: `${sw.to} would be the master` } as const;
    return endPreflight({ ...state, sw: measured }, ending, calls);
  }
  const toArrange = sw.run.strategy.arrangeTimeoutMs > 0 && sw.arrangement === null;
  return toArrange ? arrange(state, measured, calls) : record(state, measured, calls);
}

/** A hold that has to meet a beat lasts until that, however soon it is ready. */
function leadOf({ arrangement, run }: Switch, { catchupMs, leadMs }: Prediction): number {
  if (arrangement === null || arrangement.beat === null || run.leadMs === null) return leadMs;
  return Math.max(run.leadMs, catchupMs);
}

function waitForCandidate(state: Measuring, { lag }: Prediction, calls: Calls): Step {
  const laggedReadings = state.laggedReadings + 1;
  if (laggedReadings >= LAGGED_READINGS_MAX) {
    return refused(state, refuse('lagging', `${state.sw.to} is ${lag} behind`), calls);
  }
  const call = calls.next();
  return {
    state: { ...state, step: 'waiting', call, laggedReadings },
    effects: [{ type: 'wake', call, ms: LAGGED_PAUSE_MS }],
  };
}

/** Step 4. */
function arrange(state: Measuring, sw: Switch, calls: Calls): Step {
  const { interrupted } = state;
  const { settings, strategy } = sw.run;
  const [call, deadline] = [calls.next(), calls.next()];
  const timeoutMs = strategy.arrangeTimeoutMs;
  return {
    state: { type: 'arranging', sw, interrupted, call, deadline },
    effects: [
      { type: 'arrange', call, from: sw.from, to: sw.to, timeoutMs },
      { type: 'cancel', call: state.deadline },
      { type: 'wake', call: deadline, ms: timeoutMs + settings.preflightTimeoutMs },
    ],
  };
}

export function whileArranging(state: Arranging, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'arranged': {
      const { arrangement } = event;
      const sw: Switch = { ...state.sw, arrangement, promotionMs: arrangement.promotionMs };
      return measure({ ...state, sw }, 0, calls);
    }
    case 'woke':
      return refused(state, refuse('preflight-timeout', 'while the promotion was arranged'), calls);
    case 'failed':
      return refused(state, refuse('not-arranged', event.failure.message), calls);
    default:
      return stopPreflight(state, event, calls);
  }
}

function record(state: Measuring, sw: Switch, calls: Calls): Step {
  const { interrupted, deadline } = state;
  const call = calls.next();
  return {
    state: { type: 'recording', sw, interrupted, call, deadline },
    effects: [{ type: 'record-intent', call, intent: intentOf(sw) }],
  };
}

function intentOf(sw: Switch): Intent {
  const former = sw.others.flatMap((other) => (other.former === true ? [other.node] : []));
  const { id, startedAt } = sw.run;
  return { id, from: sw.from, to: sw.to, startedAt, had: dataOf(sw), ...(former.length === 0 ? {} : { former }) };
}
