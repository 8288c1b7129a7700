import type { NodeId } from '../config/node-address.js';
import type { Resync, SwitchoverOutcome, SwitchoverPhase, SwitchoverReport } from './ports.js';
import type { Resumed, Run, Switch } from './run.js';

/** How a switchover ended, before it is known in numbers. */
export interface Ending {
  readonly outcome: SwitchoverOutcome;
  /** A key of the tables in `reasons.ts`; empty when switched. */
  readonly reason: string;
  readonly sentence: string;
}

/** Settling as the report shows it. */
export interface Settlement {
  readonly settled: boolean;
  readonly resync: Readonly<Record<NodeId, Resync>>;
  /** What the operator should know of it. */
  readonly notes: readonly string[];
}

const UNSETTLED: Settlement = { settled: false, resync: {}, notes: [] };

/** The report of a switchover that ended before its nodes were known. */
export function reportRun(run: Run, ending: Ending): SwitchoverReport {
  return {
    id: run.id,
    ...kindOf(run),
    ...ending,
    oldMaster: run.lost?.node ?? null,
    newMaster: run.named,
    epoch: run.epoch - 1,
    stallUs: 0,
    predictedStallUs: 0,
    drainUs: 0,
    fenceUs: 0,
    catchupUs: 0,
    promoteUs: 0,
    redirectUs: 0,
    offset: 0,
    offsetGap: 0,
    heldClients: 0,
    heldCommands: 0,
    timed: false,
    ...UNSETTLED,
    startedAt: run.startedAt,
  };
}

/** The report of a switchover between two known nodes. */
export function reportSwitch(sw: Switch, ending: Ending, settlement: Settlement = UNSETTLED): SwitchoverReport {
  const { marks, resumed } = sw;
  if (resumed !== null) return reportResumed(sw, resumed, ending, settlement);
  return {
    id: sw.run.id,
    ...kindOf(sw.run),
    ...ending,
    oldMaster: sw.from,
    newMaster: sw.to,
    epoch: ending.outcome === 'switched' ? sw.run.epoch : sw.run.epoch - 1,
    stallUs: microseconds(marks.held, marks.opened),
    predictedStallUs: Math.round(sw.predictedStallMs * 1_000),
    drainUs: microseconds(marks.held, marks.drained),
    fenceUs: microseconds(marks.drained, marks.fenced),
    catchupUs: microseconds(marks.fenced, marks.caughtUp),
    promoteUs: microseconds(marks.caughtUp, marks.promoted),
    redirectUs: microseconds(marks.promoted, marks.opened),
    offset: sw.targetOffset,
    // Speaks of what was given up: only a promotion below T gives something up.
    offsetGap: marks.promoted === null ? 0 : Math.max(0, sw.targetOffset - sw.appliedOffset),
    heldClients: sw.figures.heldClients,
    heldCommands: sw.figures.heldCommands,
    timed: (sw.arrangement?.beat ?? null) !== null,
    ...settlement,
    notes: [...lossOf(sw), ...notesOf(sw), ...settlement.notes],
    startedAt: sw.run.startedAt,
  };
}

function kindOf({ lost, rejoin }: Run): Pick<SwitchoverReport, 'kind'> {
  if (rejoin === true) return { kind: 'rejoin' };
  return lost === undefined ? {} : { kind: 'failover' };
}

/** What was done about a node that came back as a master. */
export function rejoinSentence({ from, to }: Switch): string {
  return `${from} came back as a master while ${to} was the master, and follows it again`;
}

/** What a failover may have cost: the last that is known of the old master against what the new one has. */
function lossOf({ run: { lost }, from, targetOffset, appliedOffset, marks }: Switch): readonly string[] {
  if (lost === undefined || marks.promoted === null) return [];
  const { seenAt, silentSince } = lost;
  if (lost.deposed === true) {
    return [
      `no node was a master any more, ${lost.node} had been the last; what others had, and the new one has not, is lost`,
    ];
  }
  if (lost.facts === null || seenAt === null) {
    return [`${from} was not seen before its death: how much of what it acknowledged is lost, is not known`];
  }
  const unseenMs = Math.max(0, Math.round((silentSince ?? seenAt) - seenAt));
  const silentMs = Math.max(0, Math.round((marks.held ?? seenAt) - (silentSince ?? seenAt)));
  const gap = Math.max(0, targetOffset - appliedOffset);
  return [
    `${from} was silent for ${silentMs} ms; it was last seen at offset ${targetOffset}, ` +
      `${gap === 0 ? 'all of which the new master has' : `${gap} of which the new master lacks`}; ` +
      `lost may be, too, what it acknowledged after that, for ${unseenMs} ms or more`,
  ];
}

/** This process has measured nothing of it; what the earlier one had measured stays. */
function reportResumed(sw: Switch, { earlier }: Resumed, ending: Ending, settlement: Settlement): SwitchoverReport {
  const isSwitched = ending.outcome === 'switched';
  const note = isSwitched ? ['Holdfast ended in the middle of it; the next start finished it'] : [];
  return {
    ...(earlier ?? reportSwitch({ ...sw, resumed: null }, ending)),
    ...ending,
    sentence: earlier?.outcome === ending.outcome ? earlier.sentence : ending.sentence,
    epoch: isSwitched ? sw.run.epoch : sw.run.epoch - 1,
    ...settlement,
    notes: [...new Set([...(earlier?.notes ?? []), ...note, ...settlement.notes])],
  };
}

function notesOf({ arrangement, marks, to, holds }: Switch): readonly string[] {
  if (arrangement === null) return [];
  const { beat, note } = arrangement;
  const notes = note === '' ? [] : [note];
  if (beat === null) return notes;
  if (holds > 1) notes.push(`the gate was closed ${holds} times: a hold was not ready in time for the tick of ${to}`);
  const promoteMs = marks.promoted === null || marks.caughtUp === null ? 0 : marks.promoted - marks.caughtUp;
  if (promoteMs > beat.periodMs / 2) {
    notes.push(`the promotion missed the tick of ${to} that it was meant for, and waited for the next`);
  }
  return notes;
}

/** How long each phase took that came to its end, ms. */
export function phasesOf(sw: Switch): readonly (readonly [SwitchoverPhase, number])[] {
  const { marks } = sw;
  const stretches: readonly (readonly [SwitchoverPhase, number | null, number | null])[] = [
    ['preflight', sw.run.requestedAt, marks.held],
    ['drain', marks.held, marks.drained],
    ['fence', marks.drained, marks.fenced],
    ['catchup', marks.fenced, marks.caughtUp],
    ['promote', marks.caughtUp, marks.promoted],
    ['redirect', marks.promoted, marks.opened],
  ];
  return stretches.flatMap(([phase, from, to]) => (from === null || to === null ? [] : [[phase, to - from] as const]));
}

/** Not below 0: a promotion that was proven late was proven after the gate was opened. */
function microseconds(from: number | null, to: number | null): number {
  return from === null || to === null ? 0 : Math.max(0, Math.round((to - from) * 1_000));
}
