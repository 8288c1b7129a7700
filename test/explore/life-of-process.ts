import { decideMaster } from '../../src/control/decide-master.js';
import type { State } from '../../src/switchover/states.js';
import { isBusy } from '../../src/switchover/status.js';
import { forgetHeld, loseInFlight, sendHeld } from './data-path-model.js';
import { flush, mayFlush, tellAll } from './journal-model.js';
import { factsOf } from './node-model.js';
import { withOrphans } from './process-events.js';
import { give, now, running, type Explored } from './process-model.js';
import { isResponsive, nameOf, newProcess, NODE_NAMES, TICK_MS, type NodeName, type World } from './world.js';

/*
 * How a process of Holdfast begins and ends, and what it does while no switch runs: its monitor looks at the nodes, and what it
 * left behind is compared with what they say.
 */

/** How long a process that was told to end waits for what it can not stop (`settle_timeout_ms`), and more than a standstill. */
export const stopTicks = 6;

export function mayStart(world: World): boolean {
  return world.process === null;
}

/**
 * What an earlier process has sent has arrived by then, or never will: its connections ended with it, and before the new one
 * serves anybody it has dialled and asked every node.
 */
export function start(world: World): void {
  world.orphans = [];
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
  return process.master === null ? plan(explored, world) !== null : master !== process.master;
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
  if (master === null) process.master = null;
  if (process.machine.state.type === 'settling') {
    process.master = master === null ? null : nameOf(master);
    sendHeld(world);
    return;
  }
  const next = plan(explored, world);
  if (next === null) return;
  process.master = nameOf(next.master);
  if (next.type === 'finish') {
    give(explored, world, {
      type: 'resumed',
      at: now(world),
      intent: next.intent,
      settings: explored.scenario.settings,
      strategy: explored.scenario.traits,
      nodes: NODE_NAMES,
      epoch: process.journal.epoch + 1,
      earlier: null,
      isOwn: false,
    });
  } else {
    if (next.type === 'undo') world.nodes[process.master].pauseUntil = 0;
    process.journal = { ...process.journal, master: process.master, intent: null, last: null };
  }
  sendHeld(world);
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
      return made;
    default:
      return null;
  }
}

function isSeen(world: World, name: NodeName): boolean {
  return isResponsive(world.nodes[name]) && world.nodes[name].hole === 'none';
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
    cameBackAsMaster: world.nodes[node].returned,
  }));
  return decideMaster(readings, new Set(superseded));
}
