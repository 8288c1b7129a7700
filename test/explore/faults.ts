import { isAbortable } from '../../src/switchover/status.js';
import { commandOf, nodeOf } from './answers.js';
import { loseInFlight } from './data-path-model.js';
import { die } from './life-of-process.js';
import { failure } from './node-model.js';
import { breakConnection, processEvents, withOrphans, type ProcessEvent } from './process-events.js';
import { give, now, running, type Explored, type Interruption } from './process-model.js';
import { requestFailover } from './outage.js';
import type { Step } from './step.js';
import {
  copyOf,
  isMaster,
  NODE_NAMES,
  type Asked,
  type Damage,
  type NodeName,
  type Trouble,
  type World,
} from './world.js';

/*
 * Trouble, and what other people do. Each costs one of the budget; each ends by itself at any later time, or never.
 */

export function faults(explored: Explored, world: World, step: Step): void {
  const strike: Strike = (trouble, label, change) => {
    if (!explored.scenario.troubles.includes(trouble)) return;
    step(`!! ${label}`, (next) => {
      next.budget -= 1;
      next.struck = trouble;
      next.damage = damaged(next, trouble);
      change(next);
    });
  };
  for (const name of NODE_NAMES) nodeFaults(world, name, strike);
  if (!world.diskFull) strike('disk full', 'the disk is full', (next) => void (next.diskFull = true));
  humanFaults(world, strike);
  if (world.process === null) return;
  refusals(world, strike);
  processFaults(explored, world, strike);
  if (world.process.mode === 'running') operators(explored, world, strike);
}

const PAUSE_ENDED: readonly Trouble[] = ['unpaused', 'killed A'];
const PAUSE_UNATTENDED: readonly Trouble[] = [
  'crash',
  'standstill',
  'defect',
  'shutdown',
  'frozen A',
  'unreachable A',
  'mute A',
];

function damaged(world: World, trouble: Trouble): Damage {
  const { damage, process } = world;
  // A master that loses all it had can not be made up for. As long as B is not known to be it, it must not be taken for it.
  const state = process?.machine.state;
  const isToFollow = world.orphans.some(({ node, effect }) => node === 'A' && effect.type === 'demote');
  const isFollowed = !isMaster(world.nodes.A) || isToFollow || Object.values(world.writes).includes('acked B');
  const isRecorded = (process === null ? world.disk : process.journal).master === 'B';
  const isTold = isRecorded || (state !== undefined && 'sw' in state && state.sw.marks.promoted !== null);
  const isKnown = isFollowed || isTold || process?.master === 'B';
  const takesData = trouble === 'emptied B' && isKnown;
  return {
    byOthers: damage.byOthers || trouble === 'human' || takesData,
    pauseEnded: damage.pauseEnded || PAUSE_ENDED.includes(trouble),
    pauseUnattended: damage.pauseUnattended || PAUSE_UNATTENDED.includes(trouble),
    defect: damage.defect || trouble === 'defect',
    restarted: damage.restarted || trouble.startsWith('killed') || trouble === 'emptied B',
    any: true,
  };
}

type Strike = (trouble: Trouble, label: string, change: (world: World) => void) => void;

function nodeFaults(world: World, name: NodeName, strike: Strike): void {
  const node = world.nodes[name];
  if (node.life === 'up') {
    strike(`frozen ${name}`, `${name} is frozen`, (next) => void (next.nodes[name].life = 'frozen'));
  }
  if (node.life !== 'dead') {
    strike(`killed ${name}`, `${name} is killed`, (next) => kill(next, name));
    if (name !== 'C' && node.hole === 'none') {
      strike(`unreachable ${name}`, `${name} can not be reached`, (next) => void (next.nodes[name].hole = 'both'));
      strike(`mute ${name}`, `what ${name} answers gets lost`, (next) => void (next.nodes[name].hole = 'answers'));
    }
    if (name !== 'C' && node.connected && world.process !== null) {
      strike(`broken ${name}`, `the connection to ${name} breaks`, (next) => breakConnection(next, name, 'lost'));
      if (withOrphans([], waitingAt(world, name)).length > 0) {
        strike(`broken ${name}`, `the connection to ${name} breaks behind what was sent`, (next) =>
          breakConnection(next, name, 'late'),
        );
      }
    }
    if (name === 'B') strike('emptied B', 'B is killed, and comes back as an empty master', emptied);
  }
  if (!isMaster(node) && !node.lags) {
    strike('lagging', `the replication of ${name} stands still`, (next) => void (next.nodes[name].lags = true));
  }
}

function waitingAt(world: World, name: NodeName): readonly Asked[] {
  return world.process?.asked.filter((asked) => nodeOf(asked) === name && asked.reply === null) ?? [];
}

function kill(world: World, name: NodeName): void {
  if (world.process !== null) breakConnection(world, name, 'lost');
  loseInFlight(world, name);
  world.orphans = world.orphans.filter(({ node }) => node !== name);
  world.nodes[name] = { ...world.nodes[name], life: 'dead', hole: 'none', pauseUntil: 0, connected: false };
}

/** As a server does that was made a replica by hand, and keeps nothing on disk. */
function emptied(world: World): void {
  kill(world, 'B');
  world.nodes.B = { ...world.nodes.B, log: '', saved: 'B' };
}

/** A node answers a command with an error. */
function refusals(world: World, strike: Strike): void {
  for (const name of NODE_NAMES) {
    const node = world.nodes[name];
    const [asked] = waitingAt(world, name);
    const command = asked === undefined ? null : commandOf(asked);
    if (asked === undefined || command === null || node.life !== 'up' || node.hole === 'both') continue;
    strike('refused', `${name} refuses ${command.type}`, (next) => {
      const process = running(next);
      process.asked = process.asked.map((each) =>
        each === asked ? { ...asked, reply: { type: 'failed', failure: failure('refused', 'ERR') } } : each,
      );
    });
  }
}

function processFaults(explored: Explored, world: World, strike: Strike): void {
  const process = running(world);
  if (process.mode === 'running') {
    strike('standstill', 'Holdfast stands still', (next) => void (running(next).mode = 'standing still'));
  }
  const changesUnderWay = withOrphans([], process.asked).length > 0;
  strike('crash', 'Holdfast is killed', (next) => die(next, 'lost'));
  if (changesUnderWay) strike('crash', 'Holdfast is killed behind what it sent', (next) => die(next, 'late'));
  if (process.mode === 'standing still') return;
  strike('defect', 'a defect', (next) => {
    give(explored, next, { type: 'crashed', at: now(next), message: 'a defect' });
  });
  for (const { label, prepare, event } of processEvents(explored, world)) {
    strike('defect', `a defect at: ${label}`, (next) => {
      prepare(next);
      give(explored, next, { type: 'crashed', at: now(next), message: 'a defect' });
    });
    interruptions(explored, world, { label, prepare, event }, strike);
  }
}

/** The end of the process, or an exception, before each of the effects of an event. */
function interruptions(
  explored: Explored,
  world: World,
  { label, prepare, event }: ProcessEvent,
  strike: Strike,
): void {
  for (const kind of ['crash', 'defect'] as const) {
    for (let before = 0; ; before += 1) {
      const change = (next: World): boolean => {
        const interruption: Interruption = { kind, left: before, hit: false };
        prepare(next);
        give(explored, next, event, interruption);
        if (interruption.hit && kind === 'crash') die(next, before === 0 ? 'lost' : 'late');
        return interruption.hit;
      };
      if (!change(copyOf(world))) break;
      const what = kind === 'crash' ? 'Holdfast is killed' : 'an exception';
      strike(kind, `${what} before effect ${before + 1} of: ${label}`, (next) => void change(next));
    }
  }
}

function operators(explored: Explored, world: World, strike: Strike): void {
  const { machine, requests } = running(world);
  const { state } = machine;
  if (!requests.includes('y') && !world.truth.finished.includes('y') && state.type !== 'serving') {
    strike('second request', 'an operator asks for A as the master', (next) => request(explored, next, 'y', 'A'));
  }
  if (!requests.includes('w') && !world.truth.finished.includes('w') && state.type !== 'stopped') {
    for (const force of [false, true]) {
      strike('failover request', `an operator asks for a failover${force ? ', by force' : ''}`, (next) =>
        requestFailover(explored, next, 'w', force),
      );
    }
  }
  if (isAbortable(state)) {
    strike('abort', 'the operator aborts', (next) => give(explored, next, { type: 'abort-requested', at: now(next) }));
  }
  strike('shutdown', 'Holdfast is told to end', (next) => {
    running(next).mode = 'closing';
    give(explored, next, { type: 'shutdown', at: now(next) });
  });
}

/** An operator asks for a switchover. */
export function request(explored: Explored, world: World, id: string, to: NodeName): void {
  const process = running(world);
  const { settings, traits } = explored.scenario;
  process.requests = [...process.requests, id];
  give(explored, world, {
    type: 'requested',
    at: now(world),
    id,
    startedAt: '',
    to,
    dryRun: false,
    settings,
    strategy: traits,
    nodes: NODE_NAMES,
    epoch: process.journal.epoch + 1,
    overheadMs: 0,
    leadMs: null,
    unfinished: process.journal.intent,
  });
}

/** A person, or another tool, changes the roles behind Holdfast's back. */
function humanFaults(world: World, strike: Strike): void {
  for (const name of NODE_NAMES) {
    const node = world.nodes[name];
    if (node.life !== 'up') continue;
    if (!isMaster(node)) {
      strike('human', `a person makes ${name} a master`, (next) => {
        next.nodes[name].role = 'master';
      });
    } else {
      strike('human', `a person makes ${name} a replica of C`, (next) => {
        next.nodes[name] = { ...next.nodes[name], role: 'replica', follows: name === 'C' ? 'A' : 'C' };
      });
    }
  }
  if (world.nodes.A.pauseUntil > world.tick) {
    strike('unpaused', 'a person ends the pause of A', (next) => void (next.nodes.A.pauseUntil = 0));
  }
}
