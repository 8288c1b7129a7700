import type { Effect } from './effects.js';
import type { AnswerEvent, Event, EventOf } from './events.js';
import type { Resync } from './ports.js';
import { retryDelayMs, retryDelayWithinPauseMs } from './retry.js';
import type { Switch } from './run.js';
import type { Settling } from './states.js';
import type { Task } from './task.js';
import { type Calls, ImpossibleTransition } from './step.js';

/*
 * One node on its way onto the new master's stream:
 *
 *   old master   demoting ──▶ verifying ──▶ counting ──▶ persisting ──▶ confirming ──▶ done
 *                   │  ▲          │ (waits and asks again until the link is up)
 *               renewing └waiting─┘
 *                      examining first, from the second attempt on: what does it have of its own?
 *   lost master  verifying ─▶ examining ─▶ demoting ─▶ as above, for as long as it takes until it answers
 *   replica      following ─▶ verifying ──▶ counting ──▶ persisting ──▶ confirming ──▶ done
 *                     ▲ waiting ──┘
 *   new master                                           persisting ──▶ confirming ──▶ done
 *
 * A node that is started again before its file knows its role comes back with the one before, and `persisting` would write down that one:
 * so the role is confirmed behind it, and if it is another one, all begins anew.
 *
 * A former master that has writes of its own is kept out, if that is wanted: paused, and looked at again and again, until a person says
 * that they may be lost.
 *
 * A node that says it is a master although it was a replica, and was not restarted meanwhile, was promoted by somebody. It is left alone:
 * following would throw its data away, and might leave the shard without any master.
 */

/** Between two looks for a lost master, ms: what it takes from those who reach it past the proxy until it is demoted, is lost. */
const LOST_RETRY_MS = 100;

/** Between two looks at a node that is kept out, and for how long it is paused each time, ms: several of them may fail. */
const KEPT_OUT = { lookMs: 1_000, pauseMs: 10_000 };

/** A task after a step, and what it wants done. */
export interface TaskStep {
  readonly task: Task;
  readonly effects: readonly Effect[];
}

/** Begins what `task.next` names. */
export function startTask(task: Task, sw: Switch, calls: Calls): TaskStep {
  const call = calls.next();
  const { settings } = sw.run;
  const timeoutMs = settings.commandTimeoutMs;
  const next: Task = { ...task, step: task.next, call };
  // Shorter than the pause, so that the pause is renewed in time when the answer does not come.
  const demoteMs = sw.canPause ? Math.min(timeoutMs, Math.ceil(settings.pauseTimeoutMs / 2)) : timeoutMs;
  switch (task.next) {
    case 'examining': {
      const examine = { call, node: task.node, master: sw.to, forkOffset: forkOffset(task, sw), timeoutMs: demoteMs };
      return { task: next, effects: [{ type: 'examine', ...examine }] };
    }
    case 'demoting': {
      return { task: next, effects: [{ type: 'demote', call, node: task.node, master: sw.to, timeoutMs: demoteMs }] };
    }
    case 'following':
      return { task: next, effects: [{ type: 'follow', call, node: task.node, master: sw.to, timeoutMs }] };
    case 'verifying':
    case 'confirming':
      return { task: next, effects: [{ type: 'read-role', call, node: task.node, timeoutMs }] };
    case 'counting':
      return { task: next, effects: [{ type: 'read-counters', call, node: sw.to, timeoutMs }] };
    case 'persisting':
      return { task: next, effects: [{ type: 'persist', call, node: task.node, timeoutMs }] };
  }
}

/** What the answer to a task's question makes of it. */
export function advanceTask(task: Task, state: Settling, event: Event, calls: Calls): TaskStep {
  const { sw } = state;
  switch (task.step) {
    case 'examining':
      if (event.type === 'examined') return judgeExtra(task, event, sw, calls);
      if (event.type === 'failed') return renewPause(failed(task, event), sw, calls);
      break;
    case 'demoting':
      if (event.type === 'demoted') return startTask({ ...ordered(task), next: 'verifying' }, sw, calls);
      if (event.type === 'failed') return renewPause(failed(task, event), sw, calls);
      break;
    case 'renewing':
      // A pause that could not be renewed is no reason to wait: the demotion itself is what helps.
      if (event.type === 'extended' || event.type === 'failed') return wait({ ...task, next: anew(sw) }, sw, calls);
      break;
    case 'following':
      if (event.type === 'followed') return startTask({ ...ordered(task), next: 'verifying' }, sw, calls);
      if (event.type === 'failed') return wait({ ...failed(task, event), next: 'verifying' }, sw, calls);
      break;
    case 'verifying':
      if (event.type === 'role') return judgeRole(task, event, sw, calls);
      if (event.type === 'failed') return wait({ ...failed(task, event), next: 'verifying' }, sw, calls);
      break;
    case 'counting':
      if (event.type === 'counted') {
        const resync = kindOfResync(task, state, event.counters.full - sw.counters.full);
        return persistOrEnd({ ...task, why: '', resync }, sw, calls);
      }
      if (event.type === 'failed') return wait({ ...failed(task, event), next: 'counting' }, sw, calls);
      break;
    case 'persisting':
      if (event.type === 'persisted') {
        return startTask({ ...task, unpersisted: event.problem, next: 'confirming' }, sw, calls);
      }
      if (event.type === 'failed') return wait({ ...failed(task, event), next: 'persisting' }, sw, calls);
      break;
    case 'confirming':
      if (event.type === 'role') return confirmRole(task, event, sw, calls);
      if (event.type === 'failed') return wait({ ...failed(task, event), next: 'confirming' }, sw, calls);
      break;
    case 'waiting':
      if (event.type === 'woke') return startTask(task, sw, calls);
      break;
    case 'done':
      break;
  }
  throw new ImpossibleTransition(state, event);
}

/** A node that is to be demoted again, or late, may have taken writes meanwhile; where another owns the roles, they are his to judge. */
function anew(sw: Switch): Task['next'] {
  return sw.run.strategy.topology === 'direct' ? 'examining' : 'demoting';
}

/** What the new master had when it was promoted, as far as this is the node that it replaced. */
function forkOffset(task: Task, { from, appliedOffset, resumed }: Switch): number | null {
  if (task.node !== from) return null;
  const earlier = resumed?.earlier ?? null;
  const offset = earlier === null ? appliedOffset : earlier.offset - earlier.offsetGap;
  return offset > 0 ? offset : null;
}

function judgeExtra(task: Task, event: EventOf<'examined'>, sw: Switch, calls: Calls): TaskStep {
  const why = whyLeftAlone(task, event, sw);
  if (why !== '') return wait({ ...task, failures: task.failures + 1, why, next: 'verifying' }, sw, calls);
  // One that was restarted has forgotten what it had heeded.
  const seen: Task = { ...task, extraWrites: event.extraWrites, heeded: task.heeded && event.isSameProcess };
  const isNews = task.extraWrites === 0 && event.extraWrites !== 0;
  const keep = isKeptOut(seen, sw);
  const { node, extraWrites } = seen;
  const tell: readonly Effect[] = isNews ? [{ type: 'diverged', node, extraWrites, isKeptOut: keep }] : [];
  const step = keep ? keepOut(seen, event.canPause, sw, calls) : startTask({ ...seen, next: 'demoting' }, sw, calls);
  return { task: step.task, effects: [...tell, ...step.effects] };
}

/** Why the node may be whom somebody else wants as the master, else empty. */
function whyLeftAlone(task: Task, event: EventOf<'examined'>, { to }: Switch): string {
  if (!event.isReplaced) return `says that it is a master, and ${to} does not any more`;
  return task.heeded && event.isSameProcess ? 'was promoted by somebody after it had become a replica' : '';
}

function keepOut(task: Task, canPause: boolean, sw: Switch, calls: Calls): TaskStep {
  const why = `kept out: ${extraInWords(task.extraWrites)} that the master has not; REJOIN takes it back without them`;
  const kept: Task = { ...task, why, next: 'examining' };
  return canPause ? pause(kept, KEPT_OUT.pauseMs, KEPT_OUT.lookMs, calls) : wait(kept, sw, calls);
}

function isKeptOut({ extraWrites, isLossAccepted, ordered: isOrdered }: Task, { run }: Switch): boolean {
  return run.settings.protectDiverged && extraWrites !== 0 && !isLossAccepted && !isOrdered;
}

/** Bytes; a Kvrocks counts records. */
export function extraInWords(extraWrites: number | null): string {
  return extraWrites === null ? 'it may have writes' : `it has writes (${extraWrites} in its own measure)`;
}

function judgeRole(task: Task, event: EventOf<'role'>, sw: Switch, calls: Calls): TaskStep {
  const { role, follows } = event.role;
  if (role === 'master') {
    // The old master came back as a master, as after a restart; nothing it may have taken since is part of the shard.
    if (isMaster(task)) return startTask({ ...task, ordered: false, next: anew(sw) }, sw, calls);
    return wait(
      { ...task, failures: task.failures + 1, why: 'says that it is a master', next: 'verifying' },
      sw,
      calls,
    );
  }
  if (follows === undefined || follows.node !== sw.to) {
    const next = isMaster(task) ? 'demoting' : 'following';
    return startTask({ ...task, next }, sw, calls);
  }
  const sawFullSync = task.sawFullSync || follows.syncing;
  const seen: Task = { ...task, ordered: true, heeded: true, sawFullSync };
  if (follows.linkUp) return startTask({ ...seen, failures: 0, next: 'counting' }, sw, calls);
  const why = follows.syncing ? 'in a full synchronisation' : 'its link is not up yet';
  return wait({ ...seen, failures: seen.failures + 1, why, next: 'verifying' }, sw, calls);
}

function confirmRole(task: Task, event: EventOf<'role'>, sw: Switch, calls: Calls): TaskStep {
  const { role, follows } = event.role;
  if (task.kind !== 'new-master') {
    const isRight = role === 'replica' && follows?.node === sw.to;
    return isRight ? end(task) : judgeRole({ ...task, ordered: false }, event, sw, calls);
  }
  if (role === 'master') return end(task);
  const why =
    'was promoted, and says that it is a replica: if no other node is a master, SWITCHOVER UNPLANNED promotes the best one';
  return wait({ ...task, failures: task.failures + 1, why, next: 'persisting' }, sw, calls);
}

function persistOrEnd(task: Task, sw: Switch, calls: Calls): TaskStep {
  if (!sw.run.settings.persistRoles) return end(task);
  return startTask({ ...task, next: 'persisting' }, sw, calls);
}

function end(task: Task): TaskStep {
  return { task: { ...task, step: 'done', why: '' }, effects: [] };
}

function renewPause(task: Task, sw: Switch, calls: Calls): TaskStep {
  if (!sw.canPause) return wait({ ...task, next: anew(sw) }, sw, calls);
  const pauseMs = sw.run.settings.pauseTimeoutMs;
  return pause(task, pauseMs, Math.ceil(pauseMs / 2), calls);
}

function pause(task: Task, pauseMs: number, timeoutMs: number, calls: Calls): TaskStep {
  const call = calls.next();
  return {
    task: { ...task, step: 'renewing', call },
    effects: [{ type: 'extend', call, node: task.node, pauseMs, timeoutMs }],
  };
}

function wait(task: Task, sw: Switch, calls: Calls): TaskStep {
  const call = calls.next();
  const isUrgent = isMaster(task) && !task.ordered;
  const delayMs = (isUrgent ? retryDelayWithinPauseMs : retryDelayMs)(sw, task.failures);
  const lostMs = isUrgent && task.kind === 'lost-master' ? Math.min(delayMs, LOST_RETRY_MS) : delayMs;
  const ms = isKeptOut(task, sw) ? KEPT_OUT.lookMs : lostMs;
  return { task: { ...task, step: 'waiting', call }, effects: [{ type: 'wake', call, ms }] };
}

/** Whether the node was the master of the shard, and is to be demoted. */
function isMaster({ kind }: Task): boolean {
  return kind === 'old-master' || kind === 'lost-master';
}

function ordered(task: Task): Task {
  return { ...task, ordered: true, failures: 0, why: '' };
}

function failed(task: Task, event: Extract<AnswerEvent, { type: 'failed' }>): Task {
  return { ...task, failures: task.failures + 1, why: event.failure.message };
}

/**
 * Partial or full? The new master only counts; it does not say who. A node that was seen in a full synchronisation had
 * one; the new master's other full ones are laid to whoever is asked about next: better one warning too many.
 */
function kindOfResync(task: Task, state: Settling, fullResyncs: number): Resync {
  if (task.sawFullSync) return 'full';
  const explained = state.tasks.filter((each) => each !== task && (each.sawFullSync || each.resync === 'full')).length;
  return fullResyncs > explained ? 'full' : 'partial';
}
