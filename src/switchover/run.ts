import type { NodeId } from '../config/node-address.js';
import type { EventOf, SwitchAsked, SyncCounters } from './events.js';
import type { CandidateData, Intent } from './intent.js';
import type { HoldFigures, NodeFacts, SwitchoverReport } from './ports.js';
import type { SwitchoverSettings } from './settings.js';
import type { Arrangement, StrategyTraits } from './strategy.js';

/** The master that a failover replaces, as it was last seen. */
export interface LostMaster {
  readonly node: NodeId;
  /** What it last said as a master; null: it was not seen by this process. */
  readonly facts: NodeFacts | null;
  /** When it said that, monotonic ms. */
  readonly seenAt: number | null;
  /** When the first question was sent that it has not answered, monotonic ms; null: nobody has counted. */
  readonly silentSince: number | null;
  /** The operator accepts signs of life that prove no master that serves. */
  readonly force: boolean;
  /** It may be replaced, too, when it answers as a replica and no node is a master: it was, and nobody is. */
  readonly deposed?: boolean;
}

/** A switchover as it was asked for. */
export interface Run {
  readonly id: string;
  /** ISO 8601, for people. */
  readonly startedAt: string;
  readonly requestedAt: number;
  /** The candidate named by the operator, or null for the best. */
  readonly named: NodeId | null;
  readonly dryRun: boolean;
  readonly settings: SwitchoverSettings;
  readonly strategy: StrategyTraits;
  readonly nodes: readonly NodeId[];
  /** The epoch that a success will have. */
  readonly epoch: number;
  /** What the hold is expected to cost beyond round trips and catching up, ms. */
  readonly overheadMs: number;
  /** What a hold should be given from the closing of the gate to the promotion, ms; null before there was one. */
  readonly leadMs: number | null;
  /** No switch: the node `from` came back as a master, and is to follow the master again. */
  readonly rejoin?: true;
  /** Set for a failover: the master is dead, and its replica is promoted without it. */
  readonly lost?: LostMaster;
  /** What an earlier switch has left to be done: its nodes are to be demoted when they answer. */
  readonly unfinished?: Intent | null;
}

/** A switchover whose two nodes are known, and what has been learnt and measured of it so far. */
export interface Switch {
  readonly run: Run;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly canPause: boolean;
  /** Nodes other than the two: they are re-pointed afterwards. `replica`: preflight saw that it is one. */
  readonly others: readonly OtherNode[];
  /** What preflight read first; the second reading makes it a rate. */
  readonly sample: OffsetSample;
  /** The stream that the candidate followed when it was chosen (`master_replid`); null: not known. */
  readonly replId: string | null;
  readonly predictedStallMs: number;
  /** What of it comes before the promotion, ms. */
  readonly predictedLeadMs: number;
  /** What the promotion is expected to take beyond a round trip, ms. */
  readonly promotionMs: number;
  /** Null until the strategy has made its last preparations. */
  readonly arrangement: Arrangement | null;
  /** The candidate's resync counters before the switch; the difference afterwards says partial or full. */
  readonly counters: SyncCounters;
  /** T: what the candidate must have applied. */
  readonly targetOffset: number;
  /** The newest applied offset that the candidate itself stated; -1 before the first. */
  readonly appliedOffset: number;
  /** The old master's pause lasts at least until then (monotonic ms); Infinity where it has none. */
  readonly pauseUntil: number;
  readonly figures: HoldFigures;
  /** How often the gate was closed for this switch. */
  readonly holds: number;
  readonly marks: Marks;
  /** Set when an earlier process began it, and this one ends it. */
  readonly resumed: Resumed | null;
}

/** What is known of a switchover of an earlier process. */
export interface Resumed {
  /** Its entry in the history, if it got that far. */
  readonly earlier: SwitchoverReport | null;
}

/** A node other than the two of a switch. */
export interface OtherNode {
  readonly node: NodeId;
  readonly replica: boolean;
  /** It was a master before, or may have become one, and nobody has seen its demotion: it is demoted as soon as it answers. */
  readonly former?: true;
}

/** Offsets of both nodes, read the master's first: the difference never overstates the lag. */
export interface OffsetSample {
  readonly at: number;
  readonly master: number;
  readonly candidate: number;
}

/** When each step was done, monotonic ms; null: not reached. */
export interface Marks {
  readonly held: number | null;
  readonly drained: number | null;
  readonly fenced: number | null;
  readonly caughtUp: number | null;
  readonly promoted: number | null;
  readonly opened: number | null;
}

export const NO_MARKS: Marks = {
  held: null,
  drained: null,
  fenced: null,
  caughtUp: null,
  promoted: null,
  opened: null,
};

/** Notes that a step was done. */
export function mark(sw: Switch, step: keyof Marks, at: number): Switch {
  return { ...sw, marks: { ...sw.marks, [step]: at } };
}

/** The same before the next time that the gate is closed: nothing that was read and paused counts any more. */
export function unheld(sw: Switch): Switch {
  return {
    ...sw,
    targetOffset: 0,
    appliedOffset: -1,
    pauseUntil: Infinity,
    figures: { heldClients: 0, heldCommands: 0 },
    marks: NO_MARKS,
  };
}

/** The nodes that an unfinished switch may have left as masters, apart from those that are the two of the next one. */
export function formerMasters(unfinished: Intent | null | undefined, from: NodeId, to: NodeId): readonly NodeId[] {
  if (unfinished === null || unfinished === undefined) return [];
  const named = new Set([...(unfinished.former ?? []), unfinished.from, unfinished.to]);
  return [...named].filter((node) => node !== from && node !== to);
}

/** What is the same in every run that somebody has asked for. */
export function runAsked(event: SwitchAsked): Omit<Run, 'overheadMs' | 'leadMs'> {
  const { id, startedAt, at, to, dryRun, settings, strategy, nodes, epoch, unfinished = null } = event;
  return { id, startedAt, requestedAt: at, named: to, dryRun, settings, strategy, nodes, epoch, unfinished };
}

/** What the candidate had when it was last asked, for the intent. */
export function dataOf({ sample, replId }: Switch): CandidateData {
  return { offset: sample.candidate, ...(replId === null ? {} : { replId }) };
}

/** A switchover of an earlier process, of which only the intent is known. Its counters are unknown: resyncs count as partial. */
export function switchFromIntent(event: EventOf<'resumed'>): Switch {
  const { intent, settings, strategy, nodes, epoch, at } = event;
  const { id, from, to, startedAt, former = [] } = intent;
  const lost: LostMaster = { node: from, facts: null, seenAt: null, silentSince: null, force: false };
  return {
    run: {
      id,
      startedAt,
      requestedAt: at,
      named: to,
      dryRun: false,
      settings,
      strategy,
      nodes,
      epoch,
      overheadMs: 0,
      leadMs: null,
      ...(intent.unplanned === true ? { lost } : {}),
      ...(intent.rejoin === true ? { rejoin: true } : {}),
    },
    from,
    to,
    // Nothing was paused by this process; were it, there is nothing that would have to be renewed.
    canPause: false,
    others: nodes
      .filter((node) => node !== from && node !== to)
      .map((node) => ({ node, replica: false, ...(former.includes(node) ? { former: true } : {}) })),
    sample: { at, master: 0, candidate: 0 },
    replId: null,
    predictedStallMs: 0,
    predictedLeadMs: 0,
    promotionMs: 0,
    arrangement: null,
    counters: { full: Infinity, partial: Infinity },
    targetOffset: 0,
    appliedOffset: 0,
    pauseUntil: Infinity,
    figures: { heldClients: 0, heldCommands: 0 },
    holds: 0,
    marks: NO_MARKS,
    resumed: event.isOwn ? null : { earlier: event.earlier },
  };
}
