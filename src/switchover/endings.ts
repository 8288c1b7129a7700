import type { Refusal } from './candidate.js';
import type { EventOf } from './events.js';
import {
  ABORT_REASONS,
  REFUSAL_REASONS,
  UNRESOLVED_REASONS,
  type AbortReason,
  type UnresolvedReason,
} from './reasons.js';
import { reportRun, reportSwitch, type Ending } from './report.js';
import { resumeSettling } from './settling.js';
import type { Arranging, Inspecting, Measuring, Preparing, Recording, Settling, State, Timing } from './states.js';
import type { Calls, Step } from './step.js';

export type PreflightState = Inspecting | Preparing | Measuring | Arranging | Recording | Timing;

/** Ends a switchover that never closed the gate: refused, stopped, or a dry run that is done. */
export function endPreflight(state: PreflightState, ending: Ending, calls: Calls): Step {
  const report = state.type === 'inspecting' ? reportRun(state.run, ending) : reportSwitch(state.sw, ending);
  const rest = returnToRest(state.interrupted, calls);
  return {
    state: rest.state,
    effects: [
      { type: 'cancel', call: state.deadline },
      { type: 'cancel', call: state.call },
      { type: 'discard-prepared' },
      // An intent that was just being written, or may yet be, is taken back in the same breath.
      { type: 'record', change: { report, intentDone: true } },
      { type: 'finished', report },
      { type: 'answer', report },
      ...rest.effects,
    ],
  };
}

/** Answers a request that was not even begun. It is not part of the history: nothing happened. */
export function turnAway(state: State, event: EventOf<'requested'>, reason: Refusal['reason']): Step {
  const { id, startedAt, at, to, dryRun, settings, strategy, nodes, epoch, overheadMs, leadMs } = event;
  const run = {
    id,
    startedAt,
    requestedAt: at,
    named: to,
    dryRun,
    settings,
    strategy,
    nodes,
    epoch,
    overheadMs,
    leadMs,
  };
  const report = reportRun(run, { outcome: 'refused', reason, sentence: REFUSAL_REASONS[reason] });
  return {
    state,
    effects: [
      { type: 'finished', report },
      { type: 'answer', report },
    ],
  };
}

/** Where the machine goes when a switchover has changed nothing: back to what it interrupted, or to `serving`. */
export function returnToRest(interrupted: Settling | null, calls: Calls): Step {
  if (interrupted === null) return { state: { type: 'serving' }, effects: [] };
  return resumeSettling(interrupted, calls);
}

/** The standard text of a reason, with the particulars of this case if there are any. */
export function abortSentence(reason: AbortReason, particulars: string): string {
  return withParticulars(ABORT_REASONS[reason], particulars);
}

/** See {@link abortSentence}. */
export function unresolvedSentence(reason: UnresolvedReason, particulars: string): string {
  return withParticulars(UNRESOLVED_REASONS[reason], particulars);
}

function withParticulars(text: string, particulars: string): string {
  return particulars === '' ? text : `${text} (${particulars})`;
}
