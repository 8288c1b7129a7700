import type { Refusal } from './candidate.js';
import type { Effect } from './effects.js';
import type { EventOf } from './events.js';
import type { Electing } from './failover-states.js';
import type { SwitchoverReport } from './ports.js';
import {
  ABORT_REASONS,
  REFUSAL_REASONS,
  UNRESOLVED_REASONS,
  type AbortReason,
  type UnresolvedReason,
} from './reasons.js';
import { reportRun, reportSwitch, type Ending } from './report.js';
import { resumeProbes } from './probing.js';
import { resumeSettling } from './settling.js';
import type { Arranging, Inspecting, Interrupted, Measuring, Preparing, Recording, State, Timing } from './states.js';
import type { Switch } from './run.js';
import type { Calls, Step } from './step.js';

export type PreflightState =
  Inspecting | Preparing | Measuring | Arranging | Recording | Timing | (Electing & { readonly sw?: Switch });

/** Ends a switchover that never closed the gate: refused, stopped, or a dry run that is done. */
export function endPreflight(state: PreflightState, ending: Ending, calls: Calls): Step {
  const rest = returnToRest(state.interrupted, calls);
  return { state: rest.state, effects: [...concludePreflight(state, ending), ...rest.effects] };
}

/** The same without a way back to what was interrupted: the process ends. */
export function concludePreflight(state: PreflightState, ending: Ending): readonly Effect[] {
  const report = reportPreflight(state, ending);
  // An intent that was just being written, or may yet be, is taken back in the same breath; one of an earlier switch is not.
  const intentDone = state.type === 'recording' || state.type === 'timing';
  return [
    { type: 'cancel', call: state.deadline },
    { type: 'cancel', call: state.call },
    { type: 'discard-prepared' },
    { type: 'record', change: { report, intentDone } },
    { type: 'finished', report },
    { type: 'answer', report },
  ];
}

function reportPreflight(state: PreflightState, ending: Ending): SwitchoverReport {
  if (!('run' in state)) return reportSwitch(state.sw, ending);
  const isElected = state.type === 'electing' && state.sw !== undefined;
  return isElected ? reportSwitch(state.sw, ending) : reportRun(state.run, ending);
}

/** Answers a request that was not even begun. It is not part of the history: nothing happened. */
export function turnAway(
  state: State,
  event: EventOf<'requested' | 'failover-requested'>,
  reason: Refusal['reason'],
): Step {
  const { id, startedAt, at, to, dryRun, settings, strategy, nodes, epoch } = event;
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
    overheadMs: 0,
    leadMs: null,
    ...(event.type === 'requested' ? {} : { lost: event.lost }),
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
export function returnToRest(interrupted: Interrupted | null, calls: Calls): Step {
  if (interrupted === null) return { state: { type: 'serving' }, effects: [] };
  return interrupted.type === 'settling' ? resumeSettling(interrupted, calls) : resumeProbes(interrupted, calls);
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
