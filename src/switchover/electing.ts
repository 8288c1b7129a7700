import { beginAppointing } from './appointing.js';
import type { NodeId } from '../config/node-address.js';
import { endPreflight } from './endings.js';
import type { Event, EventOf } from './events.js';
import type { NodeFacts } from './ports.js';
import { refused } from './preflight-endings.js';
import { readNodes, whileReading } from './reading-nodes.js';
import { formerMasters, NO_MARKS, runAsked, type Switch } from './run.js';
import type { Electing } from './failover-states.js';
import type { Interrupted } from './states.js';
import type { Calls, Step } from './step.js';
import { NOTHING_ARRANGED } from './strategy.js';
import { chooseSuccessor, signOfLife } from './succession.js';

/*
 * The failover: the master is dead, and nothing can be asked of it. Clients wait already, as in any outage.
 *
 * 1. Elect: all nodes are read once more, the silent master too, on connections of the switch's own. Any sign of life
 *    refuses the failover; else the replica with the highest applied offset is the candidate (`succession.ts`).
 * 2. Appoint (`appointing.ts`): the gate is closed, the intent is made durable, the data path dials the candidate. If the
 *    old master answers meanwhile, the failover is given up.
 * 3. Promote, and resolve what stays unknown: as in every switch (`hold.ts`, `resolving.ts`).
 * 4. Redirect, settle: as in every switch. The dead master is demoted as soon as it answers, whenever that is.
 *
 * What fails before the promotion leaves everything as it was: an outage, until somebody has a better idea.
 */

/** Step 1. */
export function beginElection(
  event: EventOf<'failover-requested'>,
  interrupted: Interrupted | null,
  calls: Calls,
): Step {
  const run = { ...runAsked(event), overheadMs: 0, leadMs: null, lost: event.lost };
  const { effects, ...asking } = readNodes(run, calls);
  return { state: { type: 'electing', run, interrupted, ...asking }, effects };
}

export function whileElecting(state: Electing, event: Event, calls: Calls): Step {
  return whileReading(state, event, calls, elect);
}

function elect(state: Electing, { reports, survey, at }: EventOf<'inspected'>, calls: Calls): Step {
  const { interrupted, deadline } = state;
  const alive = signOfLife(reports, state.run, at);
  if (alive !== null) return refused(state, alive, calls);
  if ('reason' in survey) return refused(state, survey, calls);
  const choice = chooseSuccessor(reports, state.run);
  if ('reason' in choice) return refused(state, choice, calls);
  const { candidate } = choice;
  const run = { ...state.run, lost: { ...state.run.lost, deposed: choice.deposed } };
  const { lost } = run;
  // Where all are replicas the last master may be the best of them; then there is no other one that has to be replaced.
  const from = candidate.node === lost.node ? leaderOf(candidate, run.nodes) : lost.node;
  const former = formerMasters(run.unfinished, from, candidate.node);
  const sw: Switch = {
    run,
    from,
    to: candidate.node,
    // A dead node is not paused; one that comes back is demoted in one step.
    canPause: false,
    others: reports
      .filter(({ node }) => node !== from && node !== candidate.node)
      .map((report) => {
        const isFormer = former.includes(report.node);
        const replica = 'facts' in report && report.facts.role === 'replica' && !isFormer;
        return { node: report.node, replica, ...(isFormer ? { former: true } : {}) };
      }),
    sample: { at, master: lost.facts?.offset ?? candidate.offset, candidate: candidate.offset },
    replId: candidate.replId ?? null,
    predictedStallMs: 0,
    predictedLeadMs: 0,
    promotionMs: survey.promotionMs,
    arrangement: NOTHING_ARRANGED,
    // Not read: it would be one more question while clients wait. Resyncs that are not seen count as partial.
    counters: { full: Infinity, partial: Infinity },
    targetOffset: lost.facts?.offset ?? candidate.offset,
    appliedOffset: candidate.offset,
    pauseUntil: Infinity,
    figures: { heldClients: 0, heldCommands: 0 },
    holds: 0,
    marks: NO_MARKS,
    resumed: null,
  };
  if (run.dryRun) {
    const ending = { outcome: 'would-switch', reason: '', sentence: `${sw.to} would be the master` } as const;
    return endPreflight({ ...state, sw }, ending, calls);
  }
  return beginAppointing(sw, interrupted, deadline, calls);
}

/** Whom the candidate follows, or anybody else: the node that is told first to follow the candidate. */
function leaderOf({ node, follows }: NodeFacts, nodes: readonly NodeId[]): NodeId {
  const others = nodes.filter((each) => each !== node);
  return others.find((each) => each === follows?.node) ?? others[0] ?? node;
}
