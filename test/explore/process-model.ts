import type { Effect } from '../../src/switchover/effects.js';
import { isAnswer, type Event, type EventOf } from '../../src/switchover/events.js';
import { onTopOf } from '../../src/switchover/intent.js';
import { awaited } from '../../src/switchover/states.js';
import { ImpossibleTransition } from '../../src/switchover/step.js';
import { acknowledged, sendHeld } from './data-path-model.js';
import type { Laws, Scenario } from './laws.js';
import { failure } from './node-model.js';
import { nameOf, TICK_MS, type Announcement, type Asked, type NodeName, type Process, type World } from './world.js';

/*
 * The process of Holdfast, as the driver runs it: the effects of one event are begun, in order, before the next event is
 * looked at; what happens in the turn itself (`held`, `opened`) queues behind it; what others are told comes a moment later.
 */

/** What the exploration runs with. */
export interface Explored {
  readonly laws: Laws;
  readonly scenario: Scenario;
}

/** An end, or an exception, before one of the effects: those before it have been begun. */
export interface Interruption {
  readonly kind: 'crash' | 'defect';
  /** How many effects of those that somebody outside feels are begun before. */
  left: number;
  hit: boolean;
}

/** Gives the machine an event, and begins what it decides. The process must be there. */
export function give(explored: Explored, world: World, event: Event, interruption: Interruption | null = null): void {
  const queue: Event[] = [event];
  const mayCompare = interruption === null && isAnswer(event);
  for (let next = queue.shift(); next !== undefined && world.broken === ''; next = queue.shift()) {
    const process = running(world);
    if (next.type === 'examined') noteDiverged(world, process, next);
    const decided = decide(explored.laws, world, process, next);
    if (decided === null) return;
    process.machine = decided.machine;
    for (const effect of decided.effects) {
      if (interruption !== null && strikes(interruption, effect)) {
        if (interruption.kind === 'crash') return;
        queue.unshift({ type: 'crashed', at: now(world), message: 'a defect' });
        break;
      }
      begin(explored.scenario, world, process, effect, queue);
    }
  }
  if (world.broken !== '') return;
  forgetUnheard(running(world));
  if (mayCompare) hearTwice(explored.laws, world, event);
}

/** What a former master has of its own is known from now on. */
function noteDiverged(world: World, { machine: { state } }: Process, { call, extraWrites }: EventOf<'examined'>): void {
  const task = state.type === 'settling' ? state.tasks.find((each) => each.call === call) : undefined;
  const { truth } = world;
  if (task === undefined) return;
  const { node } = task;
  const isNews = extraWrites !== 0 && !truth.diverged.toUpperCase().includes(node);
  // A demotion that was sent before anybody knew may arrive later, and then there is nothing left to be kept.
  const others = extraWrites === 0 ? truth.diverged.replace(new RegExp(node, 'i'), '') : truth.diverged;
  world.truth = { ...truth, diverged: isNews ? truth.diverged + node : others };
}

/** A question that nobody waits for any more, and that changes nothing. */
function forgetUnheard(process: Process): void {
  const waitedFor = awaited(process.machine.state);
  process.asked = process.asked.filter(
    ({ call, effect: { type } }) => !READS.includes(type) || waitedFor.includes(call),
  );
}

const READS: readonly Effect['type'][] = [
  'inspect',
  'measure',
  'prepare',
  'arrange',
  'mark',
  'drain',
  'read-applied',
  'read-counters',
];

/** An answer that comes twice, or of an earlier attempt, is dropped: here for each of them in the moment of the first. */
function hearTwice(laws: Laws, world: World, event: Event): void {
  const { machine } = running(world);
  const again = decide(laws, world, running(world), event);
  if (again === null) return;
  if (again.machine !== machine || again.effects.length > 0) {
    world.broken = `replies never cross: ${machine.state.type} takes ${event.type} twice`;
  }
}

function decide(laws: Laws, world: World, process: Process, event: Event) {
  try {
    return laws.transition(process.machine, event);
  } catch (error) {
    if (!(error instanceof ImpossibleTransition)) throw error;
    world.broken = `total: ${error.message}`;
    return null;
  }
}

const FELT: readonly Effect['type'][] = [
  'hold',
  'fence',
  'promote',
  'redirect',
  'withdraw',
  'open',
  'unfence',
  'extend',
  'demote',
  'follow',
  'record-intent',
];
const MAY_THROW: readonly Effect['type'][] = ['hold', 'redirect', 'withdraw'];

function strikes(interruption: Interruption, { type }: Effect): boolean {
  if (interruption.hit) return false;
  if (!(interruption.kind === 'crash' ? FELT : MAY_THROW).includes(type)) return false;
  if (interruption.left > 0) {
    interruption.left -= 1;
    return false;
  }
  interruption.hit = true;
  return true;
}

export function running(world: World): Process {
  if (world.process === null) throw new Error('Holdfast is not running');
  return world.process;
}

/** Monotonic time, ms. */
export function now(world: World): number {
  return world.tick * TICK_MS;
}

function begin(scenario: Scenario, world: World, process: Process, effect: Effect, queue: Event[]): void {
  const at = now(world);
  switch (effect.type) {
    case 'hold':
      if (process.gateClosed) world.broken = 'one opening for each closing: a closed gate is closed';
      process.gateClosed = true;
      process.closedTicks = 0;
      world.truth = { ...world.truth, begun: true };
      queue.push({ type: 'held', at, call: effect.call });
      return;
    case 'open':
      openGate(world, process);
      queue.push({ type: 'opened', at, call: effect.call, figures: { heldClients: 0, heldCommands: 0 } });
      return;
    case 'redirect':
      process.master = nameOf(effect.node);
      sendHeld(world);
      queue.push({ type: 'redirected', at, call: effect.call });
      return;
    case 'withdraw':
      process.master = null;
      return;
    case 'wake':
      process.timers = [...process.timers, { call: effect.call, due: dueIn(world, effect.ms) }];
      return;
    case 'cancel':
      process.timers = process.timers.filter(({ call }) => call !== effect.call);
      process.asked = process.asked.filter(({ call, effect: { type } }) => call !== effect.call || type !== 'drain');
      return;
    case 'record':
    case 'answer':
      process.announcements = [...process.announcements, effect];
      return;
    case 'finished':
      noteFinished(scenario, world, effect);
      return;
    case 'discard-prepared':
    case 'diverged':
    case 'measured-phases':
      return;
    case 'record-intent':
      process.journal = {
        ...process.journal,
        intent: onTopOf({ ...effect.intent, connection: { id: '1', addr: effect.intent.to } }, process.journal.intent),
      };
      ask(world, process, effect, Infinity);
      return;
    case 'promote':
      notePromotion(world, process);
      ask(world, process, effect, effect.timeoutMs);
      return;
    case 'drain':
      ask(world, process, effect, Infinity);
      return;
    case 'inspect':
    case 'arrange':
      ask(world, process, effect, scenario.settings.commandTimeoutMs);
      return;
    case 'demote':
      if (scenario.settings.protectDiverged && world.truth.diverged.includes(effect.node) && !world.damage.byOthers)
        world.broken = `what a former master has of its own is kept: ${effect.node} is demoted`;
      ask(world, process, effect, effect.timeoutMs);
      return;
    default:
      ask(world, process, effect, effect.timeoutMs);
  }
}

/** An open gate may be opened where nobody knows how it stands: on the way out, and behind a defect. */
function openGate(world: World, process: Process): void {
  if (!process.gateClosed) {
    const isKnown = process.machine.state.type !== 'stopped' && !world.damage.defect;
    if (isKnown) world.broken = 'one opening for each closing: an open gate is opened';
    return;
  }
  process.gateClosed = false;
  process.closedTicks = 0;
  sendHeld(world);
}

function noteFinished(
  scenario: Scenario,
  world: World,
  { report }: Extract<Announcement, { readonly type: 'finished' }>,
): void {
  if (world.truth.finished.includes(report.id)) world.broken = 'one end for each switchover: announced twice';
  if (report.outcome !== 'switched' && isSmooth(scenario, world))
    world.broken = `a switch succeeds: ${report.reason}, without trouble`;
  world.truth = { ...world.truth, finished: world.truth.finished + report.id };
}

/** Nobody else has a hand in it. */
function isSmooth({ begins }: Scenario, { damage, truth }: World): boolean {
  return !damage.any && begins === 'request' && !truth.instead;
}

function notePromotion(world: World, process: Process): void {
  const { state } = process.machine;
  if (!('sw' in state)) return;
  const { sw } = state;
  if (sw.run.lost !== undefined) noteSuccession(world, process, nameOf(sw.to));
  if (world.truth.promotionsSent.includes(sw.run.id)) world.broken = 'at most once: the promotion is sent twice';
  if (world.disk.intent?.id !== sw.run.id)
    world.broken = 'the intent is written before the promotion: it is not on disk';
  const forced = world.truth.forced || (sw.run.lost === undefined && sw.appliedOffset < sw.targetOffset);
  const early = world.writes.Y === 'acked A';
  world.truth = { ...world.truth, forced, early, promotionsSent: world.truth.promotionsSent + sw.run.id };
}

/** A replica takes over from a dead master: what nobody has who answered is lost. */
function noteSuccession(world: World, { gateClosed, master }: Process, to: NodeName): void {
  const { truth, writes, damage } = world;
  const { log } = world.nodes[to];
  if (!gateClosed || master !== null) world.broken = 'one master: one is promoted while another is served';
  if (log.length < truth.best && !damage.byOthers && !damage.restarted)
    world.broken = `the most advanced takes over: ${to} has less than another`;
  const forfeited = acknowledged(writes).filter((write) => !log.includes(write) && !truth.forfeited.includes(write));
  world.truth = { ...truth, forfeited: truth.forfeited + forfeited.join('') };
}

/** Commands of the stall never dial. */
const NEVER_DIALS: readonly Effect['type'][] = ['fence', 'read-applied', 'promote'];

function ask(world: World, process: Process, effect: Asked['effect'], timeoutMs: number): void {
  if (!('call' in effect)) throw new Error(`nothing answers ${effect.type}`);
  const isUnsent = NEVER_DIALS.includes(effect.type) && 'node' in effect && !world.nodes[nameOf(effect.node)].connected;
  const asked: Asked = {
    call: effect.call,
    effect,
    due: dueIn(world, timeoutMs),
    reply: isUnsent ? { type: 'failed', failure: failure('unsent', 'the control connection is gone') } : null,
    isAwaited: true,
  };
  process.asked = [...process.asked, asked];
}

function dueIn(world: World, ms: number): number {
  return world.tick + Math.ceil(ms / TICK_MS);
}
