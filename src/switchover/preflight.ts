import { chooseNodes, refuse, type Refusal } from './candidate.js';
import type { NodeId } from '../config/node-address.js';
import type { Event, EventOf, NodeReport } from './events.js';
import { measure } from './measuring.js';
import type { NodeFacts } from './ports.js';
import { refused, stopPreflight } from './preflight-endings.js';
import { readNodes, whileReading } from './reading-nodes.js';
import { formerMasters, NO_MARKS, runAsked, type OtherNode, type Run, type Switch } from './run.js';
import type { Inspecting, Preparing, Interrupted } from './states.js';
import type { Calls, Step } from './step.js';
import { NOTHING_ARRANGED } from './strategy.js';

/*
 * Preflight: no client notices anything of it.
 *
 * 1. Read the facts of all nodes, ask the owner of their roles, and choose the two.
 * 2. Let the data path open its connections to the candidate: the redirect must not have to dial.
 * 3. Read the offsets again and predict the hold (`measuring.ts`). A dry run ends here.
 * 4. Let the strategy make its last preparations, and measure again.
 * 5. Make the intent durable, so that a restart in the middle of what follows knows what to finish (`timing.ts`).
 * 6. Where the candidate can be promoted only at certain moments, wait for the one that comes next.
 *
 * What fails is a refusal: no client has noticed anything.
 */

/** Step 1. */
export function beginPreflight(event: EventOf<'requested'>, interrupted: Interrupted | null, calls: Calls): Step {
  const run = { ...runAsked(event), overheadMs: event.overheadMs, leadMs: event.leadMs };
  const { effects, ...asking } = readNodes(run, calls);
  return { state: { type: 'inspecting', run, interrupted, ...asking }, effects };
}

export function whileInspecting(state: Inspecting, event: Event, calls: Calls): Step {
  return whileReading(state, event, calls, prepare);
}

/** Step 2. */
function prepare(state: Inspecting, event: EventOf<'inspected'>, calls: Calls): Step {
  const { run, interrupted, deadline } = state;
  const { reports, survey, at } = event;
  const choice = chooseNodes(reports, run.named, run.strategy.topology);
  if ('reason' in choice) return refused(state, choice, calls);
  if ('reason' in survey) return refused(state, survey, calls);
  const { master, candidate } = choice;
  if (survey.master !== null && survey.master !== master.node) {
    return refused(state, refuse('owner-disagrees', `it names ${survey.master}, the master is ${master.node}`), calls);
  }
  const rightsProblem = judgeRights(master) ?? judgeRights(candidate);
  if (rightsProblem !== null) return refused(state, rightsProblem, calls);
  const pauseProblem = judgePause(run, master.canPause, master.node);
  if (pauseProblem !== null) return refused(state, pauseProblem, calls);
  const former = formerMasters(run.unfinished, master.node, candidate.node);
  const sw: Switch = {
    run,
    from: master.node,
    to: candidate.node,
    canPause: master.canPause,
    others: reports
      .filter(({ node }) => node !== master.node && node !== candidate.node)
      .map((report) => (former.includes(report.node) ? formerOf(report.node) : otherOf(report))),
    sample: { at, master: master.offset, candidate: candidate.offset },
    replId: candidate.replId ?? null,
    predictedStallMs: 0,
    predictedLeadMs: 0,
    promotionMs: survey.promotionMs,
    arrangement: survey.isArranged === true ? NOTHING_ARRANGED : null,
    counters: { full: 0, partial: 0 },
    targetOffset: 0,
    appliedOffset: -1,
    pauseUntil: Infinity,
    figures: { heldClients: 0, heldCommands: 0 },
    holds: 0,
    marks: NO_MARKS,
    resumed: null,
  };
  const call = calls.next();
  return {
    state: { type: 'preparing', sw, interrupted, call, deadline },
    effects: [{ type: 'prepare', call, target: sw.to, timeoutMs: run.settings.preflightTimeoutMs }],
  };
}

function otherOf(report: NodeReport): OtherNode {
  return { node: report.node, replica: 'facts' in report };
}

/** Of a failover before: looked at before it is told anything. */
function formerOf(node: NodeId): OtherNode {
  return { node, replica: false, former: true };
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
