import { awaited, type StateName } from '../../src/switchover/states.js';
import { acknowledged } from './data-path-model.js';
import { CLOSED_TICKS_MAX } from './laws.js';
import { mayLook } from './life-of-process.js';
import { nextAttempt } from './outage.js';
import type { Explored } from './process-model.js';
import { isMaster, NODE_NAMES, type Process, type World } from './world.js';

/*
 * The promises, as questions to a world. Each answers with what is broken, or nothing.
 */

/** What is broken in this world; empty: nothing. What stands before the colon names the promise. */
export function brokenPromise(explored: Explored, world: World): string {
  if (world.broken !== '') return world.broken;
  for (const promise of PROMISES) {
    const broken = promise(world, explored);
    if (broken !== '') return broken;
  }
  return '';
}

const CLOSED: readonly StateName[] = [
  'appointing',
  'holding',
  'draining',
  'fencing',
  'catching-up',
  'extending',
  'promoting',
  'resolving',
  'redirecting',
];

const PROMISES: readonly ((world: World, explored: Explored) => string)[] = [
  nothingLost,
  noStaleRead,
  unknownIsNotNo,
  noDenialOfWhatHappened,
  theGateIsBounded,
  whatIsAwaitedComes,
  aStartServes,
];

/** Nothing acknowledged is lost: whoever is served for writes has all of it, but for what was forced. */
function nothingLost(world: World): string {
  const { process, writes, nodes, truth } = world;
  if (process === null || process.gateClosed || process.master === null) return '';
  const served = nodes[process.master];
  if (!isMaster(served) || world.damage.byOthers) return '';
  const lost = acknowledged(writes).filter((write) => !served.log.includes(write) && !truth.forfeited.includes(write));
  if (lost.includes('Y') && mayMissBypass(world)) lost.splice(lost.indexOf('Y'), 1);
  if (lost.length === 0) return '';
  if (truth.forced) return '';
  return `nothing acknowledged is lost: ${lost.join(' and ')}, and ${process.master} is served`;
}

/**
 * A write past the proxy is kept out of an old master by its pause alone. That ends with a restart, or when somebody ends it; and by
 * itself when nobody can renew it: then what comes behind the promotion is lost, but never what came before.
 */
function mayMissBypass({ damage, truth }: World): boolean {
  return damage.pauseEnded || (damage.pauseUnattended && !truth.early);
}

/** No stale reads: when another has acknowledged a write of the proxy, reads do not go to A any more (but after a switch back). */
function noStaleRead({ process, writes, truth, damage }: World): string {
  if (process?.master !== 'A' || damage.byOthers || truth.promotionsSent.length > 1) return '';
  const newer = (['P', 'H'] as const).filter((write) => ['acked B', 'acked C'].includes(writes[write]));
  return newer.length === 0 ? '' : `no stale reads: ${newer.join(' and ')} was acknowledged elsewhere, and A is read`;
}

/** Unknown is not no: writes do not go to A again while a promotion of B has run, or may yet. */
function unknownIsNotNo(world: World): string {
  const { process, truth } = world;
  if (process === null || process.gateClosed || process.master !== 'A') return '';
  if (!isOnlyPromotion(truth.promotionsSent)) return '';
  if (world.damage.byOthers) return '';
  const what = mayBePromoted(world);
  return what === '' ? '' : `unknown is not no: A is served, and the promotion of B ${what}`;
}

/** Another one behind it may have undone it; one back to A has. */
function isOnlyPromotion(promotionsSent: string): boolean {
  return promotionsSent.length === 1 && promotionsSent !== 'y';
}

function mayBePromoted({ nodes, process, orphans, truth }: World): string {
  if ((['B', 'C'] as const).some((name) => truth.promoted.includes(name) && isMaster(nodes[name]))) return 'has run';
  const isUnderWay = process?.asked.some(({ effect, reply }) => effect.type === 'promote' && reply === null) === true;
  if (isUnderWay || orphans.some(({ effect }) => effect.type === 'promote')) return 'may yet run';
  return '';
}

/** An operator who was told that nothing happened can rely on it. */
function noDenialOfWhatHappened(world: World): string {
  const { truth } = world;
  if (!isOnlyPromotion(truth.promotionsSent) || !truth.denied.includes(truth.promotionsSent)) return '';
  const what = world.damage.byOthers ? '' : mayBePromoted(world);
  return what === '' ? '' : `unknown is not no: aborted, and the promotion of B ${what}`;
}

/** Everything has a bound: the gate is shut in the states of the hold alone, and not for long. */
function theGateIsBounded({ process }: World): string {
  if (process === null) return '';
  const { type } = process.machine.state;
  if (process.gateClosed !== CLOSED.includes(type)) {
    return `one opening for each closing: the gate is ${process.gateClosed ? 'shut' : 'open'} while ${type}`;
  }
  return process.closedTicks > CLOSED_TICKS_MAX ? 'everything has a bound: the gate stays shut' : '';
}

/** What the machine waits for is under way. So an answer that comes twice, or of an earlier attempt, is not waited for. */
function whatIsAwaitedComes(world: World): string {
  const { process } = world;
  if (process === null) return '';
  const { state } = process.machine;
  // A defect in the very moment of its answer: the roles tell as well.
  const swallowed = 'promotion' in state && world.damage.defect ? state.promotion : null;
  const missing = awaited(state).find((call) => call !== swallowed && !isUnderWay(process, call));
  if (missing === undefined) return '';
  return `everything has a bound: ${state.type} waits for ${missing}, which never comes`;
}

function isUnderWay(process: Process, call: number): boolean {
  return (
    process.asked.some((asked) => asked.call === call && asked.isAwaited) ||
    process.timers.some((timer) => timer.call === call)
  );
}

/** Recovery: when all nodes answer, and nobody else has changed them, a start knows whom to serve. */
function aStartServes(world: World, explored: Explored): string {
  const { process, damage } = world;
  if (process === null || process.machine.state.type !== 'serving' || process.master !== null) return '';
  if (process.mode !== 'running' || damage.byOthers || damage.restarted || world.truth.instead) return '';
  const isClear = NODE_NAMES.every((name) => world.nodes[name].life === 'up' && world.nodes[name].hole === 'none');
  return !isClear || mayLook(explored, world) ? '' : 'recovery: all nodes answer, and nobody is served';
}

/** An end, where nothing is left to be done: whoever is the master is served, and everybody has an answer. */
export function isEnd(world: World): boolean {
  const { process, nodes, damage, truth } = world;
  if (process === null || process.mode !== 'running') return false;
  const { state } = process.machine;
  const isAnswered = !process.gateClosed && process.requests.length === 0 && process.announcements.length === 0;
  if (!isAnswered) return false;
  if (state.type === 'stopped') return true;
  // Where somebody else has had a hand in it, a person may be needed; nobody waits until then.
  if (damage.byOthers || damage.restarted || truth.instead)
    return ['serving', 'settling', 'unresolved'].includes(state.type);
  // The watch has given up.
  if (truth.begun && process.master === null && nextAttempt(world) === undefined) return true;
  const served = process.master === null ? undefined : nodes[process.master];
  return state.type === 'serving' && served?.life === 'up' && isMaster(served);
}
