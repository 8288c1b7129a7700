import { decideMaster } from '../../src/control/decide-master.js';
import { withoutAttempt, type Intent } from '../../src/switchover/intent.js';
import type { State } from '../../src/switchover/states.js';
import { isBusy } from '../../src/switchover/status.js';
import { forgetHeld, loseInFlight, sendHeld } from './data-path-model.js';
import { flush, mayFlush, tellAll } from './journal-model.js';
import { endPromotion, factsOf, isSeen } from './node-model.js';
import { withOrphans } from './process-events.js';
import { give, now, running, type Explored } from './process-model.js';
import { nameOf, newProcess, NODE_NAMES, TICK_MS, type NodeName, type Process, type World } from './world.js';

/*
 * How a process of Holdfast begins and ends, and what it does while no switch runs: its monitor looks at the nodes, and what it
 * left behind is compared with what they say.
 */

/** How long a process that was told to end waits for what it can not stop (`settle_timeout_ms`), and more than a standstill. */
export const stopTicks = 6;

export function mayStart(world: World): boolean {
  return world.process === null;
}

/** What an earlier process has sent may still arrive. */
export function start(world: World): void {
  world.process = newProcess(world.disk);
}

/** Whether a process that was told to end has nothing more to wait for. */
export function mayEnd({ scenario }: Explored, { process }: World): boolean {
  if (process === null || process.mode !== 'closing') return false;
  return !isBusy(process.machine.state) || process.modeTicks * TICK_MS >= scenario.settings.settleTimeoutMs;
}

export function end(explored: Explored, world: World): void {
  give(explored, world, { type: 'stop', at: now(world) });
  if (world.broken !== '') return;
  tellAll(world);
  if (mayFlush(world)) flush(world);
  const process = running(world);
  if (process.gateClosed) world.broken = 'one opening for each closing: the process ends with a closed gate';
  if (process.requests.length > 0) world.broken = 'one answer for each request: the process ends without it';
  die(world, 'lost');
}

/** The process is gone, at any moment. `inFlight`: what becomes of the commands that no node has executed yet. */
export function die(world: World, inFlight: 'lost' | 'late'): void {
  const { asked } = running(world);
  if (inFlight === 'late') world.orphans = withOrphans(world.orphans, asked);
  world.orphans = world.orphans.map((orphan) => ({ ...orphan, isOfDead: true }));
  loseInFlight(world, null);
  forgetHeld(world);
  for (const name of NODE_NAMES) {
    world.nodes[name].connected = false;
    world.nodes[name].returned = false;
  }
  world.process = null;
}

/** Whether the monitor would find something else than what is served. */
export function mayLook(explored: Explored, world: World): boolean {
  const { process } = world;
  if (process === null || process.mode !== 'running' || !watches(process.machine.state)) return false;
  const { master } = decide(world);
  if (process.master === null) return plan(explored, world) !== null;
  return master !== process.master || mayRejoin(explored, world) !== null;
}

/** While a switch runs the monitor is suspended; a settling that takes long is watched as well. */
function watches(state: State): boolean {
  return state.type === 'serving' || (state.type === 'settling' && (state.deadline === null || hasAlarm(state)));
}

function hasAlarm(state: Extract<State, { readonly type: 'settling' }>): boolean {
  return state.tasks.some((task) => task.kind === 'old-master' && !task.ordered && task.failures > 0);
}

export function look(explored: Explored, world: World): void {
  const process = running(world);
  const { master } = decide(world);
  const former = mayRejoin(explored, world);
  if (former !== null) return rejoin(explored, world, former);
  if (master === null) noteLast(world, process);
  if (process.machine.state.type === 'settling') {
    process.master = master === null ? null : nameOf(master);
    if (master !== null && master !== process.machine.state.sw.to)
      give(explored, world, { type: 'overtaken', at: now(world), master });
    sendHeld(world);
    return;
  }
  const next = plan(explored, world);
  if (next === null) return;
  if (next.type === 'give-up') {
    process.journal = { ...process.journal, intent: withoutAttempt(process.journal.intent, next.intent.id, false) };
    return;
  }
  if (next.type === 'recall') {
    // The connection is ended, and behind that the node is still the replica that the monitor has seen.
    endPromotion(world, nameOf(next.intent.to), true);
    process.journal = { ...process.journal, intent: { ...next.intent, connection: undefined } };
    return;
  }
  process.master = nameOf(next.master);
  if (isBelieved(world, process.master)) world.damage = { ...world.damage, byOthers: true };
  if (next.type === 'finish') {
    resume(explored, world, next.intent, false);
  } else {
    if (next.type === 'undo') world.nodes[process.master].pauseUntil = 0;
    process.journal = { ...process.journal, master: process.master, intent: null, last: null };
  }
  sendHeld(world);
}

/** A node that was restarted as a master, with its own data or empty, while the one that was served is silent or Holdfast was away. */
function isBelieved({ damage, truth, process }: World, master: NodeName): boolean {
  return damage.restarted && process?.journal.master !== master && !truth.promoted.includes(master);
}

function resume(explored: Explored, world: World, intent: Intent, isOwn: boolean): void {
  give(explored, world, {
    type: 'resumed',
    at: now(world),
    intent,
    settings: explored.scenario.settings,
    strategy: explored.scenario.traits,
    nodes: NODE_NAMES,
    epoch: running(world).journal.epoch + 1,
    earlier: null,
    isOwn,
  });
}

/** The last that is known of a master that is not served any more. */
function noteLast(world: World, process: Process): void {
  const { master } = process;
  process.master = null;
  if (master !== null) process.lastServed = { node: master, offset: world.nodes[master].log.length };
}

/** A former master that came back as one beside the one that is served, and is to follow it; null: there is none. */
function mayRejoin({ scenario }: Explored, world: World): NodeName | null {
  const { machine, master: served, journal } = running(world);
  const isFree = machine.state.type === 'serving' && journal.intent === null;
  if (!isFree || served === null || scenario.traits.topology !== 'direct') return null;
  const { master, returned } = decide(world);
  const [former] = returned;
  return master === served && former !== undefined ? nameOf(former) : null;
}

function rejoin(explored: Explored, world: World, former: NodeName): void {
  const process = running(world);
  const intent: Intent = { id: 'r', from: former, to: process.master ?? former, startedAt: '', rejoin: true };
  process.journal = { ...process.journal, intent };
  resume(explored, world, intent, true);
}

/** What the monitor says; null: nothing that can be served. */
function plan({ laws }: Explored, world: World) {
  const process = running(world);
  const roles = new Map(
    NODE_NAMES.map((name) => [name, isSeen(world, name) ? factsOf(world, name, true) : null] as const),
  );
  const { last, ...durable } = process.journal;
  const made = laws.planRecovery({ version: 1, history: last === null ? [] : [last], ...durable }, roles);
  switch (made.type) {
    case 'serve':
    case 'undo':
    case 'finish':
    case 'recall':
    case 'give-up':
      return made;
    default:
      return null;
  }
}

function decide(world: World) {
  const { machine } = running(world);
  const { state } = machine;
  const superseded =
    state.type === 'settling'
      ? state.tasks.filter(({ step, node }) => step !== 'done' && node === state.sw.from).map(({ node }) => node)
      : [];
  const readings = NODE_NAMES.map((node) => ({
    node,
    facts: isSeen(world, node) ? factsOf(world, node, true) : null,
    error: isSeen(world, node) ? '' : 'no answer',
    silent: !isSeen(world, node),
    cameBackAsMaster: world.nodes[node].returned,
  }));
  return decideMaster(readings, new Set(superseded));
}
