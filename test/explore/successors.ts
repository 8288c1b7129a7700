import type { Reply } from '../../src/switchover/events.js';
import { isDiverged } from '../../src/switchover/settling.js';
import type { Task } from '../../src/switchover/task.js';
import { commandOf, nodeOf } from './answers.js';
import { acknowledge, beginWrite, mayBeAcknowledged, mayRun, PROXIED, run } from './data-path-model.js';
import { faults } from './faults.js';
import { failure, hasSomethingToTake, replicate, takesWrites } from './node-model.js';
import { processEvents, replace } from './process-events.js';
import { give, now, running, type Explored } from './process-model.js';
import { mayEnd, end, look, mayLook, mayStart, start, stopTicks } from './life-of-process.js';
import { copyOf, isMaster, isResponsive, nameOf, NODE_NAMES, type Asked, type NodeName, type World } from './world.js';
import { flush, mayFlush, tell, mayTell } from './journal-model.js';
import type { Scenario } from './laws.js';
import { dueAttempt, isBeforeOutage, requestFailover, SILENCES } from './outage.js';
import type { Step, Successor } from './step.js';

/** A pause of the process that is longer than a pause of the master shows all that an even longer one would. */
const STANDSTILL_TICKS_MAX = 5;

/**
 * All that may happen next, of five kinds:
 *
 * 1. What nobody else's step depends on happens before all else, and alone: a reply reaches a client, the journal is written, a
 *    node that only has to follow answers. That leaves out orders of events that lead to the same.
 * 2. What happens at once where nothing stands in its way: answers, executions, timers that are due, replication.
 * 3. What happens when it likes: clients write, a ping is written, what stood still goes on.
 * 4. A tick, only when nothing of the first two kinds is left.
 * 5. Trouble, as long as the budget lasts.
 */
export function successors(explored: Explored, world: World): readonly Successor[] {
  const steps: Successor[] = [];
  const step: Step = (label, change) => {
    const next = copyOf(world);
    change(next);
    steps.push({ label, world: next });
  };
  if (isBeforeOutage(explored, world)) {
    for (const { label, begin } of SILENCES) {
      step(label, (next) => {
        next.truth = { ...next.truth, begun: true };
        begin(next);
      });
    }
    return steps;
  }
  first(explored, world, step);
  if (steps.length === 0) {
    atOnce(explored, world, step);
    const isQuiet = steps.every(({ label }) => isReading(label)) && (steps.length === 0 || isReadAlready(world));
    atWill(explored, world, step);
    if (isQuiet) tick(world, step);
  }
  if (world.budget > 0) faults(explored, world, step);
  return steps;
}

/** The candidate is read over and over, in no time: that must not keep the time from going on. */
function isReading(label: string): boolean {
  return label.includes('read-applied');
}

/** Whether another reading would say what the last one said. */
function isReadAlready({ process, nodes }: World): boolean {
  const state = process?.machine.state;
  if (state?.type !== 'catching-up' && state?.type !== 'fencing') return false;
  return state.sw.appliedOffset === nodes[nameOf(state.sw.to)].log.length;
}

/** One step of the first kind, if there is one. */
function first(explored: Explored, world: World, step: Step): void {
  const { process } = world;
  if (process === null) return;
  for (const write of PROXIED) {
    if (mayBeAcknowledged(world, write)) return step(`${write} is acknowledged`, (next) => acknowledge(next, write));
  }
  if (!process.gateClosed) {
    // What the gate does not hold only makes more of what is there already.
    for (const write of PROXIED) {
      if (mayRun(world, write)) return step(`${write} is executed`, (next) => run(next, write));
    }
    for (const name of NODE_NAMES) {
      if (mayReplicate(explored, world, name)) {
        return step(`${name} applies a write of its master`, (next) => replicate(next, name));
      }
    }
  }
  if (process.mode === 'standing still') return;
  if (mayFlush(world)) return step('the state is written', flush);
  if (mayTell(world)) return step('others are told', tell);
  const asked = process.asked.find(
    (each) => each.reply === null && isAside(explored, world, each) && isPromptly(world, each),
  );
  const command = asked === undefined ? null : commandOf(asked);
  if (asked === undefined || command === null || !asked.isAwaited) return;
  step(`${command.node} executes and answers ${command.type}`, (next) => {
    next.nodes[nameOf(command.node)].connected = true;
    const reply = explored.laws.execute(next, command);
    replace(next, asked, null);
    give(explored, next, { ...reply, call: asked.call, at: now(next) });
  });
}

/** Whether it matters to nobody but the node itself when this is done. */
function isAside({ scenario }: Explored, world: World, asked: Asked): boolean {
  const { type } = asked.effect;
  if (type === 'read-counters' || type === 'persist') return true;
  const { state } = running(world).machine;
  const isConfirming = ({ step, call }: Task): boolean => step === 'confirming' && call === asked.call;
  if (state.type === 'settling' && state.tasks.some(isConfirming)) return true;
  if (mayBecomeMaster(scenario)) return false;
  return nodeOf(asked) === 'C' && (type === 'follow' || type === 'read-role');
}

/** Whether it is the first in its connection, and nothing stands in the way of the answer. */
function isPromptly(world: World, asked: Asked): boolean {
  const name = nodeOf(asked);
  if (name === null || !isResponsive(world.nodes[name]) || world.nodes[name].hole !== 'none') return false;
  return running(world).asked.find((each) => nodeOf(each) === name) === asked;
}

function atOnce(explored: Explored, world: World, step: Step): void {
  for (const name of NODE_NAMES) {
    if (mayReplicate(explored, world, name)) {
      step(`${name} applies a write of its master`, (next) => replicate(next, name));
    }
  }
  for (const write of PROXIED) {
    if (mayRun(world, write)) step(`${write} is executed`, (next) => run(next, write));
  }
  commandsArrive(explored, world, step);
  for (const { label, prepare, event } of processEvents(explored, world)) {
    step(label, (next) => {
      prepare(next);
      give(explored, next, event);
    });
  }
  if (mayEnd(explored, world)) step('the process ends', (next) => end(explored, next));
  if (mayLook(explored, world)) step('the monitor looks', (next) => look(explored, next));
}

function mayBecomeMaster({ mayPromoteInstead, begins }: Scenario): boolean {
  return mayPromoteInstead !== null || begins === 'outage';
}

/** C's data matters to nobody where it can not be promoted. */
function mayReplicate({ scenario }: Explored, world: World, name: NodeName): boolean {
  if (name === 'C' && !mayBecomeMaster(scenario)) return false;
  return hasSomethingToTake(world, name);
}

/** The head of each connection is executed where it arrives. */
function commandsArrive(explored: Explored, world: World, step: Step): void {
  const { mayPromoteInstead } = explored.scenario;
  const { process } = world;
  if (process === null) return;
  for (const name of NODE_NAMES) {
    const node = world.nodes[name];
    const asked = process.asked.find((each) => nodeOf(each) === name && each.reply === null);
    const command = asked === undefined ? null : commandOf(asked);
    if (asked === undefined || command === null) continue;
    if (node.life === 'dead') {
      step(`${name} refuses the connection for ${asked.effect.type}`, (next) => {
        replace(next, asked, { ...asked, reply: { type: 'failed', failure: failure('unsent', 'refused') } });
      });
    } else if (isResponsive(node)) {
      step(`${name} executes ${asked.effect.type}`, (next) => {
        next.nodes[name].connected = true;
        const reply = explored.laws.execute(next, command);
        replace(next, asked, asked.isAwaited ? { ...asked, reply } : null);
      });
      if (command.type === 'promote' && mayPromoteInstead !== null && isResponsive(world.nodes[mayPromoteInstead])) {
        step(`${mayPromoteInstead} is promoted instead of ${name}`, (next) => {
          const reply = explored.laws.execute(next, { ...command, node: mayPromoteInstead });
          next.truth = { ...next.truth, instead: true };
          const hasAll = next.nodes[mayPromoteInstead].log.length >= next.nodes.A.log.length;
          // What it lacks, its owner has thrown away.
          next.damage = { ...next.damage, byOthers: next.damage.byOthers || !hasAll };
          const instead = { node: mayPromoteInstead, offset: next.nodes[mayPromoteInstead].log.length };
          replace(next, asked, asked.isAwaited ? { ...asked, reply: { ...reply, instead } as Reply } : null);
        });
      }
    }
  }
}

function atWill(explored: Explored, world: World, step: Step): void {
  const { truth, writes, nodes, process } = world;
  if (truth.begun) {
    if (explored.scenario.bypass && writes.Y === 'new' && takesWrites(world, 'A')) {
      step('Y is written to A past the proxy', (next) => {
        next.nodes.A.log += 'Y';
        next.writes.Y = 'acked A';
      });
    }
    const mayWrite = process !== null && process.mode !== 'standing still';
    for (const write of PROXIED) {
      const mayBegin = writes[write] === 'again' || (writes[write] === 'new' && process?.gateClosed === true);
      if (mayBegin && mayWrite) step(`${write} is sent by a client`, (next) => beginWrite(next, write));
    }
    if (
      explored.scenario.pings &&
      !truth.pinged &&
      process?.gateClosed === true &&
      nodes.A.role === 'master' &&
      nodes.A.life === 'up'
    ) {
      step('A writes a replication ping', (next) => {
        next.nodes.A.log += '.';
        next.truth = { ...next.truth, pinged: true };
      });
    }
  }
  for (const orphan of world.orphans) {
    if (!isResponsive(nodes[orphan.node])) continue;
    step(`${orphan.node} executes ${orphan.effect.type} of a lost connection`, (next) => {
      next.orphans = next.orphans.filter((each) => each !== orphan);
      const command = commandOf({ call: 0, effect: orphan.effect, due: 0, reply: null, isAwaited: false });
      if (command !== null) explored.laws.execute(next, command);
    });
  }
  const attempt = dueAttempt(explored, world);
  if (attempt !== null)
    step('the watch asks for a failover', (next) => requestFailover(explored, next, attempt, false));
  operatorAccepts(explored, world, step);
  ownerDemotes(explored, world, step);
  recover(world, step);
}

/** A person looks at what a former master has of its own, and gives it up. */
function operatorAccepts(explored: Explored, world: World, step: Step): void {
  const state = world.process?.machine.state;
  if (state?.type !== 'settling') return;
  const kept = state.tasks.find((task) => isDiverged(task) && !task.isLossAccepted);
  if (kept === undefined) return;
  step(`the operator gives up what ${kept.node} has of its own`, (next) => {
    next.truth = { ...next.truth, diverged: next.truth.diverged.replace(kept.node, kept.node.toLowerCase()) };
    give(explored, next, { type: 'loss-accepted', at: now(next), node: kept.node });
  });
}

/** The owner of the roles has promoted another one, and makes the others follow it. */
function ownerDemotes({ scenario }: Explored, world: World, step: Step): void {
  const master = scenario.mayPromoteInstead;
  if (master === null || !world.truth.instead) return;
  for (const name of ['A', 'B'] as const) {
    const node = world.nodes[name];
    if (!isResponsive(node) || (!isMaster(node) && node.follows === master)) continue;
    step(`the owner of the roles makes ${name} follow ${master}`, (next) => {
      next.nodes[name] = { ...next.nodes[name], role: 'replica', follows: master, returned: false };
    });
  }
}

/** What was struck goes on. */
function recover(world: World, step: Step): void {
  for (const name of NODE_NAMES) {
    const node = world.nodes[name];
    if (node.life === 'frozen') step(`${name} goes on`, (next) => void (next.nodes[name].life = 'up'));
    if (node.life === 'dead') step(`${name} is started again`, (next) => restart(next, name));
    if (node.hole !== 'none') step(`${name} is reachable again`, (next) => void (next.nodes[name].hole = 'none'));
    if (node.lags) step(`the replication of ${name} goes on`, (next) => void (next.nodes[name].lags = false));
  }
  if (world.diskFull) step('the disk has room again', (next) => void (next.diskFull = false));
  if (world.process?.mode === 'standing still') {
    step('Holdfast goes on', (next) => {
      const process = running(next);
      process.mode = 'running';
      process.modeTicks = 0;
    });
  }
  if (mayStart(world)) step('Holdfast is started again', start);
}

function restart(world: World, name: NodeName): void {
  const node = world.nodes[name];
  node.life = 'up';
  node.role = node.saved === name ? 'master' : 'replica';
  node.follows = node.saved;
  node.pauseUntil = 0;
  node.returned = node.role === 'master';
}

/** Time goes on by a tick. */
function tick(world: World, step: Step): void {
  const { process } = world;
  if (process?.mode === 'standing still' && process.modeTicks >= STANDSTILL_TICKS_MAX) return;
  step('a tick', (next) => {
    next.tick += 1;
    if (next.process === null) return;
    if (next.process.gateClosed && next.process.mode !== 'standing still') next.process.closedTicks += 1;
    if (next.process.mode !== 'running') next.process.modeTicks = Math.min(next.process.modeTicks + 1, stopTicks);
  });
}
