import type { Call, Effect } from './effects.js';
import type { Event } from './events.js';
import { phasesOf, rejoinSentence, reportSwitch } from './report.js';
import type { Switch } from './run.js';
import { advanceTask, extraInWords, startTask } from './settling-task.js';
import type { Settling } from './states.js';
import type { Task } from './task.js';
import { type Calls, ImpossibleTransition, stay, type Step } from './step.js';
import type { Resync, SwitchoverReport } from './ports.js';

/*
 * Settling, beside the released traffic: one task for each node (`settling-task.ts`).
 *
 * - The old master is demoted at once: each replication ping that it still sends to another replica puts it ahead of the
 *   new master and costs a full resynchronisation. Once it has taken the order, a restart has nothing to finish.
 * - The other replicas are re-pointed at the same time.
 * - Each node writes its role into its configuration file: who restarts it, as after an upgrade, must not get a second
 *   master.
 * - Tasks are retried until all are done, whatever it takes; the operator is answered at the latest when
 *   `settle_timeout_ms` is over, and may then begin another switchover if the old master is demoted.
 */

/** The clients are on the new master. */
export function beginSettling(sw: Switch, calls: Calls): Step {
  return begin(sw, sw.run.lost === undefined, calls);
}

/** @param isFenced the old master has taken no write since the promotion: it is demoted without a look. */
function begin(sw: Switch, isFenced: boolean, calls: Calls): Step {
  const deadline = calls.next();
  const { lost, rejoin, strategy } = sw.run;
  const isLost = lost !== undefined || rejoin === true;
  const first = isFenced || strategy.topology !== 'direct' ? 'demoting' : 'verifying';
  const started = [
    startTask(newTask(sw.from, isLost ? 'lost-master' : 'old-master', first), sw, calls),
    ...sw.others.map(({ node, replica, former }) =>
      startTask(
        newTask(node, former === true ? 'lost-master' : 'replica', replica ? 'following' : 'verifying'),
        sw,
        calls,
      ),
    ),
    ...(sw.run.settings.persistRoles ? [startTask(newTask(sw.to, 'new-master', 'persisting'), sw, calls)] : []),
  ];
  const state: Settling = { type: 'settling', sw, tasks: started.map(({ task }) => task), deadline };
  const report = reportSettling(state);
  return {
    state,
    effects: [
      ...started.flatMap(({ effects }) => effects),
      { type: 'wake', call: deadline, ms: sw.run.settings.settleTimeoutMs },
      { type: 'record', change: { report, master: sw.to, epoch: sw.run.epoch, intentDone: false } },
      { type: 'finished', report },
      { type: 'measured-phases', phases: phasesOf(sw) },
    ],
  };
}

/** The same after a promotion that was proven only after the clients were let go: the operator has his answer already. */
export function beginLateSettling(sw: Switch, calls: Calls): Step {
  const step = begin(sw, false, calls);
  if (step.state.type !== 'settling' || step.state.deadline === null) return step;
  const { deadline } = step.state;
  return {
    state: { ...step.state, deadline: null },
    effects: step.effects.filter(
      (effect) => !(effect.type === 'wake' && effect.call === deadline) && !isAnnouncement(effect),
    ),
  };
}

function isAnnouncement(effect: Effect): boolean {
  return effect.type === 'finished' || effect.type === 'measured-phases';
}

/** Takes up again what a later switchover interrupted; every node is looked at before it is told anything. */
export function resumeSettling(settling: Settling, calls: Calls): Step {
  const resumed = settling.tasks.map((task) =>
    task.step === 'done'
      ? { task, effects: [] }
      : startTask({ ...task, next: task.kind === 'new-master' ? 'persisting' : 'verifying' }, settling.sw, calls),
  );
  return {
    state: { ...settling, tasks: resumed.map(({ task }) => task) },
    effects: resumed.flatMap(({ effects }) => effects),
  };
}

/**
 * Whether another switchover may begin: nothing can be lost any more, and nobody waits for an answer. A lost master is not
 * waited for, it may be gone for good: the next switchover takes over its demotion.
 */
export function mayBeInterrupted(settling: Settling): boolean {
  return settling.deadline === null && settling.tasks.every((task) => task.kind !== 'old-master' || task.ordered);
}

/** A person has said that what this node has of its own may be lost. */
export function acceptLoss(settling: Settling, node: string): Settling {
  const tasks = settling.tasks.map((task) => (task.node === node ? { ...task, isLossAccepted: true } : task));
  return { ...settling, tasks };
}

/** Whether the node is kept out for what it has of its own. */
export function isDiverged(task: Task): boolean {
  return task.extraWrites !== 0 && !task.ordered;
}

export function whileSettling(state: Settling, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'abort-requested':
    case 'shutdown':
      return stay(state);
    case 'woke':
      if (event.call === state.deadline) return answerLate(state);
      return advance(state, event.call, event, calls);
    case 'examined':
    case 'demoted':
    case 'extended':
    case 'followed':
    case 'role':
    case 'counted':
    case 'persisted':
    case 'failed':
      return advance(state, event.call, event, calls);
    default:
      throw new ImpossibleTransition(state, event);
  }
}

function advance(state: Settling, call: Call, event: Event, calls: Calls): Step {
  const current = state.tasks.find((task) => task.step !== 'done' && task.call === call);
  if (current === undefined) throw new ImpossibleTransition(state, event);
  const { task, effects } = advanceTask(current, state, event, calls);
  const next = { ...state, tasks: state.tasks.map((each) => (each === current ? task : each)) };
  if (next.tasks.every((each) => each.step === 'done')) return settled(next, effects, event.at);
  if (next.deadline !== null && next.tasks.every(isDoneOrLost)) {
    const late = answerLate(next);
    return { state: late.state, effects: [...effects, ...late.effects] };
  }
  if (isDemoted(next.tasks) && !isDemoted(state.tasks)) {
    return { state: next, effects: [...effects, record(next, true)] };
  }
  return { state: next, effects };
}

function settled(state: Settling, effects: readonly Effect[], at: number): Step {
  const settleMs = at - (state.sw.marks.opened ?? at);
  return {
    state: { type: 'serving' },
    effects: [
      ...effects,
      record(state, true),
      { type: 'measured-phases', phases: [['settle', settleMs]] },
      ...answer(state),
    ],
  };
}

/** Nobody is to wait for a node that may be gone for good. */
function isDoneOrLost({ step, kind, failures }: Task): boolean {
  return step === 'done' || (kind === 'lost-master' && failures > 0);
}

function answerLate(state: Settling): Step {
  return { state: { ...state, deadline: null }, effects: [record(state, isDemoted(state.tasks)), ...answer(state)] };
}

/** The operator's answer, if it has not been given. */
function answer(state: Settling): readonly Effect[] {
  if (state.deadline === null) return [];
  return [
    { type: 'cancel', call: state.deadline },
    { type: 'answer', report: reportSettling(state) },
  ];
}

function record(state: Settling, intentDone: boolean): Effect {
  return { type: 'record', change: { report: reportSettling(state), intentDone } };
}

/** The report of a switch as far as it has settled. */
export function reportSettling(state: Settling): SwitchoverReport {
  const resync: Record<string, Resync> = {};
  for (const task of state.tasks) if (task.kind !== 'new-master') resync[task.node] = task.resync;
  const notes = state.tasks.flatMap(({ node, unpersisted }) =>
    unpersisted === '' ? [] : [`${node} will not keep its role over a restart: ${unpersisted}`],
  );
  for (const { node, extraWrites, ordered } of state.tasks) {
    if (extraWrites === 0) continue;
    notes.push(`${node}: ${extraInWords(extraWrites)} that the master has not${ordered ? '; they are lost' : ''}`);
  }
  const isSettled = state.tasks.every((task) => task.step === 'done');
  return reportSwitch(
    state.sw,
    { outcome: 'switched', reason: '', sentence: state.sw.run.rejoin === true ? rejoinSentence(state.sw) : '' },
    { settled: isSettled, resync, notes },
  );
}

/** Whether the old master, and every lost one, has taken the order to follow. */
export function isDemoted(tasks: readonly Task[]): boolean {
  return tasks.every((task) => task.ordered || (task.kind !== 'old-master' && task.kind !== 'lost-master'));
}

function newTask(node: string, kind: Task['kind'], next: Task['next']): Task {
  return {
    node,
    kind,
    step: 'waiting',
    call: 0,
    next,
    ordered: false,
    heeded: false,
    failures: 0,
    why: '',
    sawFullSync: false,
    resync: 'pending',
    unpersisted: '',
    extraWrites: 0,
    isLossAccepted: false,
  };
}
