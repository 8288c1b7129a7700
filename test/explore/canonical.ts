import type { Intent } from '../../src/switchover/intent.js';
import type { Run, Switch } from '../../src/switchover/run.js';
import type { State } from '../../src/switchover/states.js';
import type { Announcement, Asked, Durable, ModelNode, Orphan, Process, World } from './world.js';
import { TICK_MS } from './world.js';

/*
 * Two worlds that go on in the same way are one state: times are told from now, questions by who waits for them, and what is only for
 * people (sentences, counters, when it began) is left out.
 */

/** A text that two worlds share if, and only if, they are one state. */
export function keyOf(world: World): string {
  const { nodes, writes, process, truth } = world;
  return [
    nodeKey(world, nodes.A),
    nodeKey(world, nodes.B),
    nodeKey(world, nodes.C),
    writes.P,
    writes.H,
    writes.Y,
    process === null ? '' : processKey(world, process),
    durableKey(world.disk),
    world.diskFull ? 'full' : '',
    world.orphans.map(orphanKey).join(),
    truth.promotionsSent,
    truth.promoted,
    truth.denied,
    truth.finished,
    `${truth.begun ? 1 : 0}${truth.pinged ? 1 : 0}${truth.forced ? 1 : 0}${truth.early ? 1 : 0}${truth.gap}`,
    `${truth.forfeited},${truth.best},${truth.diverged}${truth.instead ? '!' : ''}`,
    world.budget,
    Object.values(world.damage).map(Number).join(''),
    world.broken,
  ].join('|');
}

function orphanKey({ effect, node, isOfDead }: Orphan): string {
  return `${node}${effect.type}${'master' in effect ? effect.master : ''}${isOfDead ? 'd' : ''}`;
}

function nodeKey(world: World, node: ModelNode): string {
  const { role, follows, log, life, hole, saved } = node;
  const flags = `${node.connected ? 1 : 0}${node.lags ? 1 : 0}${node.returned ? 1 : 0}`;
  const pause = Math.max(0, node.pauseUntil - world.tick);
  return `${role[0] ?? ''}${role === 'master' ? '' : follows}${log} ${pause}${life[0] ?? ''}${hole[0] ?? ''}${flags}${saved}`;
}

/** What of the journal goes on deciding. */
export function durableKey({ intent, master, epoch, last }: Durable): string {
  const entry = last === null ? '' : `${last.id}${last.outcome}${last.settled ? 1 : 0}`;
  return `${entry}${intent === null ? '' : intentKey(intent)},${master ?? ''}${epoch}`;
}

function intentKey({ id, from, to, former = [], unplanned, rejoin, connection, had, unfinished }: Intent): string {
  const flags = `${unplanned === true ? '!' : ''}${rejoin === true ? '<' : ''}${connection === undefined ? '' : '*'}`;
  const below = unfinished === undefined ? '' : `(${intentKey(unfinished)})`;
  return `${id}${from}${to}${former.join('')}${had?.offset ?? ''}${flags}${below}`;
}

function processKey(world: World, process: Process): string {
  const { machine, asked, timers, announcements } = process;
  const names: Names = new Map();
  const state = stateKey(machine.state, names, world.tick * TICK_MS);
  return [
    state,
    // Of those to one node the order counts.
    asked
      .map((each) => askedKey(each, names, world.tick))
      .toSorted(byNode)
      .join(),
    timers
      .map(({ call, due }) => `${names.get(call) ?? '-'}:${Math.max(0, due - world.tick)}`)
      .toSorted()
      .join(),
    announcements.map(announcementKey).join(),
    durableKey(process.journal),
    process.mode[0],
    process.modeTicks,
    process.gateClosed ? `shut${process.closedTicks}` : '',
    process.master ?? '',
    process.requests.join(),
    process.inherited.join(''),
    process.lastServed === null ? '' : `${process.lastServed.node}${process.lastServed.offset}`,
  ].join('/');
}

/** Questions are named by where the state waits for their answers. */
type Names = Map<number, number>;

/** The node that is asked stands first; sorting is stable. */
function byNode(a: string, b: string): number {
  return a.charCodeAt(0) - b.charCodeAt(0);
}

function askedKey({ call, effect, due, reply, isAwaited }: Asked, names: Names, tick: number): string {
  const node = 'node' in effect ? effect.node : '-';
  const master = 'master' in effect ? effect.master : '';
  const left = due === Infinity ? '' : Math.max(0, due - tick);
  const answer = reply === null ? '' : JSON.stringify(reply);
  return `${node}${names.get(call) ?? '-'}${effect.type}${master}:${left}${isAwaited ? 'w' : ''}${answer}`;
}

function announcementKey(announcement: Announcement): string {
  const { report } = announcement.type === 'record' ? announcement.change : announcement;
  const change = announcement.type === 'record' ? announcement.change : null;
  const durable = change === null ? '' : `${change.intentDone ? 1 : 0}${change.master ?? ''}${change.epoch ?? ''}`;
  return `${announcement.type[0] ?? ''}${report.id}${report.outcome}${report.offsetGap}${durable}`;
}

/** A piece of a state's key: fixed text, or what depends on the moment. */
type Piece = string | { readonly kind: 'call' | 'time' | 'beat'; readonly value: number };

/** Of a state, and of each part that several states share. */
const pieces = new WeakMap<object, readonly Piece[]>();

function stateKey(state: State, names: Names, nowMs: number): string {
  let cached = pieces.get(state);
  if (cached === undefined) {
    cached = piecesOf(essence(state));
    pieces.set(state, cached);
  }
  let key = '';
  for (const piece of cached) key += typeof piece === 'string' ? piece : momentary(piece, names, nowMs);
  return key;
}

/** A state without what no longer decides anything in it. */
function essence(state: State): State {
  switch (state.type) {
    case 'aborting':
    case 'settling':
      return { ...state, sw: essentialSwitch(state.sw, state.type) };
    default:
      return state;
  }
}

const essential = { aborting: new WeakMap<Switch, Switch>(), settling: new WeakMap<Switch, Switch>() };

function essentialSwitch(sw: Switch, type: 'aborting' | 'settling'): Switch {
  let made = essential[type].get(sw);
  if (made === undefined) {
    const gap = type === 'settling' ? Math.max(0, sw.targetOffset - sw.appliedOffset) : 0;
    made = { ...sw, targetOffset: gap, appliedOffset: 0, pauseUntil: Infinity };
    essential[type].set(sw, made);
  }
  return made;
}

/** Further in the past than anything that is decided by it, in ticks. */
const LONG_AGO = -6;

function momentary(piece: Exclude<Piece, string>, names: Names, nowMs: number): string {
  switch (piece.kind) {
    case 'call':
      if (!names.has(piece.value)) names.set(piece.value, names.size);
      return `${names.get(piece.value) ?? ''};`;
    case 'time':
      return piece.value === Infinity ? 'I;' : `${Math.max(LONG_AGO, (piece.value - nowMs) / TICK_MS)};`;
    case 'beat':
      return `${(((piece.value - nowMs) % (2 * TICK_MS)) + 2 * TICK_MS) % (2 * TICK_MS)};`;
  }
}

/** What each field of a state means for the key. A field that is not named here is looked at as it is. */
const FIELDS: Readonly<Record<string, 'call' | 'time' | 'beat' | 'left out' | 'set or not' | 'run'>> = {
  call: 'call',
  deadline: 'call',
  reading: 'call',
  draining: 'call',
  recording: 'call',
  marking: 'call',
  preparing: 'call',
  promotion: 'call',
  opening: 'call',
  renewal: 'call',
  unfence: 'call',
  pauseUntil: 'time',
  sentAt: 'time',
  atMs: 'beat',
  run: 'run',
  // Decide nothing but a delay, which is always the same here.
  failures: 'left out',
  // For people.
  why: 'left out',
  sentence: 'left out',
  note: 'left out',
  reason: 'left out',
  figures: 'left out',
  counters: 'left out',
  resync: 'left out',
  sawFullSync: 'left out',
  unpersisted: 'left out',
  predictedStallMs: 'left out',
  predictedLeadMs: 'left out',
  promotionMs: 'left out',
  // Of the sample only the prediction of a candidate that is behind depends: before the gate is closed none is, for long.
  sample: 'left out',
  held: 'set or not',
  drained: 'left out',
  fenced: 'left out',
  caughtUp: 'left out',
  promoted: 'set or not',
  opened: 'left out',
};

function flatten(value: unknown, name: string, into: Piece[]): void {
  const meaning = FIELDS[name];
  if (meaning === 'left out') return;
  if (meaning === 'set or not') {
    into.push(value === null ? '0' : '1');
  } else if (meaning === 'run' && isRun(value)) {
    into.push(runKey(value));
  } else if (typeof value === 'number' && (meaning === 'call' || meaning === 'time' || meaning === 'beat')) {
    into.push({ kind: meaning, value });
  } else if (Array.isArray(value)) {
    into.push('[');
    for (const each of value) flatten(each, '', into);
    into.push(']');
  } else if (value !== null && typeof value === 'object') {
    for (const piece of piecesOf(value)) into.push(piece);
  } else {
    into.push(`${String(value)};`);
  }
}

function piecesOf(value: object): readonly Piece[] {
  const cached = pieces.get(value);
  if (cached !== undefined) return cached;
  const made: Piece[] = ['{'];
  for (const [key, each] of Object.entries(value)) flatten(each, key, made);
  made.push('}');
  const joined = withTextJoined(made);
  pieces.set(value, joined);
  return joined;
}

/** One text for several that follow each other. */
function withTextJoined(all: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = [];
  let text = '';
  for (const piece of all) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    if (text !== '') joined.push(text);
    joined.push(piece);
    text = '';
  }
  return text === '' ? joined : [...joined, text];
}

function isRun(value: unknown): value is Run {
  return value !== null && typeof value === 'object' && 'requestedAt' in value;
}

/** The rest is the same in all runs of a scenario. */
function runKey({ id, named, lost, unfinished, rejoin }: Run): string {
  const left = unfinished === null || unfinished === undefined ? '' : intentKey(unfinished);
  const what = rejoin === true ? 'rejoin' : lost === undefined ? '' : lostKey(lost);
  return `${id}${named ?? ''},${left},${what};`;
}

function lostKey({ node, facts, deposed, force }: NonNullable<Run['lost']>): string {
  return `${node}${facts?.offset ?? '?'}${deposed === true ? 'd' : ''}${force ? 'f' : ''}`;
}
