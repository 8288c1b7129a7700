import { chooseNodes, refuse, type Refusal } from './candidate.js';
import type { Effect, Intent } from './effects.js';
import type { Event, EventOf, NodeReport } from './events.js';
import { predict } from './prediction.js';
import { abortSentence, endPreflight, type PreflightState } from './endings.js';
import { closeGate } from './hold.js';
import type { AbortReason } from './reasons.js';
import type { NodeFacts } from './ports.js';
import { NO_MARKS, type Run, type Switch } from './run.js';
import type { Inspecting, Measuring, Preparing, Recording, Settling } from './states.js';
import { type Calls, ImpossibleTransition, type Step } from './step.js';

/*
 * Preflight: no client notices anything of it.
 *
 * 1. Read the facts of all nodes, and choose the two.
 * 2. Let the data path open its connections to the candidate: the redirect must not have to dial.
 * 3. Read the offsets again and predict the hold. A dry run ends here.
 * 4. Make the intent durable, so that a restart in the middle of what follows knows what to finish.
 *
 * What fails is a refusal: nothing was touched.
 */

/**
 * A busy replica is a few commands behind at any moment; so many readings in a row mean that it does not keep up. Together
 * they take a little longer than the second in which a replica, fresh from a diskless synchronisation, acknowledges and
 * only then is streamed to.
 */
const LAGGED_READINGS_MAX = 25;
/** Between two such readings, ms: long enough to see a rate. */
const LAGGED_PAUSE_MS = 50;

/** Step 1. */
export function beginPreflight(event: EventOf<'requested'>, interrupted: Settling | null, calls: Calls): Step {
  const run: Run = {
    id: event.id,
    startedAt: event.startedAt,
    requestedAt: event.at,
    named: event.to,
    dryRun: event.dryRun,
    settings: event.settings,
    nodes: event.nodes,
    epoch: event.epoch,
    overheadMs: event.overheadMs,
  };
  const [call, deadline] = [calls.next(), calls.next()];
  const timeoutMs = run.settings.preflightTimeoutMs;
  return {
    state: { type: 'inspecting', run, interrupted, call, deadline },
    effects: [
      { type: 'wake', call: deadline, ms: timeoutMs },
      // A dead node must not use up the time that the others need.
      { type: 'inspect', call, nodes: run.nodes, timeoutMs: Math.min(run.settings.commandTimeoutMs, timeoutMs) },
    ],
  };
}

export function whileInspecting(state: Inspecting, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'inspected':
      return prepare(state, event.reports, event.at, calls);
    case 'woke':
      return refused(state, refuse('preflight-timeout', 'while reading the nodes'), calls);
    case 'failed':
      return aborted(state, 'internal-error', event.failure.message, calls);
    default:
      return stopPreflight(state, event, calls);
  }
}

/** Step 2. */
function prepare(state: Inspecting, reports: readonly NodeReport[], at: number, calls: Calls): Step {
  const { run, interrupted, deadline } = state;
  const choice = chooseNodes(reports, run.named);
  if ('reason' in choice) return refused(state, choice, calls);
  const { master, candidate } = choice;
  const rightsProblem = judgeRights(master) ?? judgeRights(candidate);
  if (rightsProblem !== null) return refused(state, rightsProblem, calls);
  const pauseProblem = judgePause(run, master.canPause, master.node);
  if (pauseProblem !== null) return refused(state, pauseProblem, calls);
  const sw: Switch = {
    run,
    from: master.node,
    to: candidate.node,
    canPause: master.canPause,
    others: reports
      .filter(({ node }) => node !== master.node && node !== candidate.node)
      .map((report) => ({ node: report.node, replica: 'facts' in report })),
    sample: { at, master: master.offset, candidate: candidate.offset },
    predictedStallMs: 0,
    counters: { full: 0, partial: 0 },
    targetOffset: 0,
    appliedOffset: -1,
    pauseUntil: Infinity,
    figures: { heldClients: 0, heldCommands: 0 },
    marks: NO_MARKS,
  };
  const call = calls.next();
  return {
    state: { type: 'preparing', sw, interrupted, call, deadline },
    effects: [{ type: 'prepare', call, target: sw.to, timeoutMs: run.settings.preflightTimeoutMs }],
  };
}

/** Both nodes need all of them: the candidate will be the master that is paused and demoted one day. */
function judgeRights({ node, missingRights = [] }: NodeFacts): Refusal | null {
  return missingRights.length === 0 ? null : refuse('missing-rights', `${node}: ${missingRights.join(', ')}`);
}

function judgePause(run: Run, canPause: boolean, master: string): Refusal | null {
  const { requirePause, pauseTimeoutMs, syncTimeoutMs, promoteTimeoutMs } = run.settings;
  if (!canPause) return requirePause ? refuse('pause-unsupported', master) : null;
  if (pauseTimeoutMs > syncTimeoutMs + promoteTimeoutMs) return null;
  return refuse('pause-too-short', `${pauseTimeoutMs} ms against ${syncTimeoutMs} ms + ${promoteTimeoutMs} ms`);
}

export function whilePreparing(state: Preparing, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'prepared':
      return measure(state, 0, calls);
    case 'woke':
      return refused(state, refuse('preflight-timeout', `while connecting to ${state.sw.to}`), calls);
    case 'failed':
      return refused(state, refuse('prepare-failed', event.failure.message), calls);
    default:
      return stopPreflight(state, event, calls);
  }
}

/** Step 3. */
function measure(state: Preparing | Measuring, laggedReadings: number, calls: Calls): Step {
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
  const { sw, interrupted, deadline } = state;
  const { syncTimeoutMs, forceOnTimeout } = sw.run.settings;
  const sample = { at: event.at, master: event.masterOffset, candidate: event.candidateOffset };
  const prediction = predict(sw.sample, sample, event.roundTripMs, sw.run.overheadMs);
  if (prediction.catchupMs > syncTimeoutMs && !forceOnTimeout) {
    const laggedReadings = state.laggedReadings + 1;
    if (laggedReadings >= LAGGED_READINGS_MAX) {
      return refused(state, refuse('lagging', `${sw.to} is ${prediction.lag} behind`), calls);
    }
    const call = calls.next();
    return {
      state: { ...state, step: 'waiting', call, laggedReadings },
      effects: [{ type: 'wake', call, ms: LAGGED_PAUSE_MS }],
    };
  }
  // With force the catch-up may be hopeless; the hold is bounded by sync_timeout_ms all the same.
  const predictedStallMs = Math.min(prediction.stallMs, syncTimeoutMs + event.roundTripMs.to);
  const measured: Switch = { ...sw, predictedStallMs, counters: event.counters };
  if (sw.run.dryRun) {
    const ending = { outcome: 'would-switch', reason: '', sentence: `${sw.to} would be the master` } as const;
    return endPreflight({ ...state, sw: measured }, ending, calls);
  }
  const call = calls.next();
  return {
    state: { type: 'recording', sw: measured, interrupted, call, deadline },
    effects: [{ type: 'record-intent', call, intent: intentOf(measured) }],
  };
}

function intentOf(sw: Switch): Intent {
  return { id: sw.run.id, from: sw.from, to: sw.to, startedAt: sw.run.startedAt };
}

/** Step 4. */
export function whileRecording(state: Recording, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'recorded': {
      const cancel: Effect = { type: 'cancel', call: state.deadline };
      const step = closeGate(state, calls);
      return { state: step.state, effects: [...step.effects, cancel] };
    }
    case 'woke':
      return refused(state, refuse('preflight-timeout', 'while writing the intent'), calls);
    case 'failed':
      return refused(state, refuse('state-not-writable', event.failure.message), calls);
    default:
      return stopPreflight(state, event, calls);
  }
}

/** What ends a preflight from outside. Nothing was touched, so it just ends. */
function stopPreflight(state: PreflightState, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'abort-requested':
      return aborted(state, 'stopped-by-operator', '', calls);
    case 'shutdown':
    case 'stop':
      return aborted(state, 'shutting-down', '', calls);
    case 'crashed':
      return aborted(state, 'internal-error', event.message, calls);
    default:
      throw new ImpossibleTransition(state, event);
  }
}

function refused(state: PreflightState, refusal: Refusal, calls: Calls): Step {
  return endPreflight(state, { outcome: 'refused', ...refusal }, calls);
}

function aborted(state: PreflightState, reason: AbortReason, particulars: string, calls: Calls): Step {
  return endPreflight(state, { outcome: 'aborted', reason, sentence: abortSentence(reason, particulars) }, calls);
}
