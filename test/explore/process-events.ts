import type { AnswerEvent, Reply } from '../../src/switchover/events.js';
import { answerTo, commandOf, nodeOf } from './answers.js';
import { failure } from './node-model.js';
import { now, running, type Explored } from './process-model.js';
import { copyOf, type Asked, type NodeName, type Orphan, type World } from './world.js';

/** What reaches the machine next: an answer, or the ringing of a timer. */
export interface ProcessEvent {
  readonly label: string;
  /** What changes with it outside the machine. */
  readonly prepare: (world: World) => void;
  readonly event: AnswerEvent;
}

/** All that may reach the machine now, in any order. */
export function processEvents(explored: Explored, world: World): readonly ProcessEvent[] {
  const { process } = world;
  if (process === null || process.mode === 'standing still') return [];
  const timers = process.timers.flatMap(({ call, due }): readonly ProcessEvent[] =>
    due > world.tick
      ? []
      : [
          {
            label: `timer ${call}`,
            prepare: (next) => {
              running(next).timers = running(next).timers.filter((timer) => timer.call !== call);
            },
            event: { type: 'woke', call, at: now(world) },
          },
        ],
  );
  return [...process.asked.flatMap((asked) => answersTo(explored, world, process.asked, asked)), ...timers];
}

function answersTo(explored: Explored, world: World, all: readonly Asked[], asked: Asked): readonly ProcessEvent[] {
  const name = nodeOf(asked);
  if (name === null) return direct(explored, world, asked);
  const events: ProcessEvent[] = [];
  const isFirst = all.find((each) => nodeOf(each) === name) === asked;
  const mayCome = isFirst && (world.nodes[name].hole === 'none' || isOwn(asked));
  if (asked.reply !== null && mayCome) events.push(answer(world, asked, asked.reply, () => undefined));
  if (asked.isAwaited && world.tick >= asked.due && !isOwn(asked)) events.push(timeOut(world, asked));
  return events;
}

/** An answer of our own side, for which the node is not needed. */
function isOwn({ reply }: Asked): boolean {
  return reply?.type === 'failed' && reply.failure.kind !== 'refused';
}

function direct(explored: Explored, world: World, asked: Asked): readonly ProcessEvent[] {
  // Asking may open connections: in a copy, which then becomes the next world's.
  const after = copyOf(world);
  const reply = asked.effect.type === 'record-intent' ? asked.reply : answerTo(explored.scenario, after, asked);
  if (reply === null) return [];
  const prepare = (next: World): void => {
    next.nodes = after.nodes;
    next.truth = after.truth;
    next.orphans = after.orphans;
    running(next).inherited = running(after).inherited;
  };
  return [answer(world, asked, reply, prepare)];
}

function answer(world: World, asked: Asked, reply: Reply, prepare: (world: World) => void): ProcessEvent {
  return {
    label: `answer to ${asked.effect.type}: ${reply.type}`,
    prepare: (next) => {
      prepare(next);
      replace(next, asked, null);
    },
    event: { ...reply, call: asked.call, at: now(world) },
  };
}

/**
 * The asker has waited long enough. What was sent stays on its way, and nobody hears what comes of it. At the second silence in
 * a row the connection is given up.
 */
function timeOut(world: World, asked: Asked): ProcessEvent {
  const name = nodeOf(asked);
  const wasSent = name !== null && world.nodes[name].connected;
  const isSecond = running(world).asked.some((each) => nodeOf(each) === name && !each.isAwaited);
  const staysOnItsWay = wasSent && asked.reply === null;
  return {
    label: `no answer to ${asked.effect.type}`,
    prepare: (next) => {
      if (name !== null && wasSent && isSecond) breakConnection(next, name, 'late');
      const listed = running(next).asked.find(({ call }) => call === asked.call) ?? asked;
      replace(next, listed, staysOnItsWay && !isSecond ? { ...asked, isAwaited: false } : null);
    },
    event: {
      type: 'failed',
      failure: failure(wasSent ? 'unknown' : 'unsent', 'no answer'),
      call: asked.call,
      at: now(world),
    },
  };
}

/** What was asked is unknown, also what was executed and not yet answered. `late`: what was sent may arrive all the same. */
export function breakConnection(world: World, name: NodeName, inFlight: 'lost' | 'late'): void {
  const process = running(world);
  if (inFlight === 'late') {
    world.orphans = withOrphans(
      world.orphans,
      process.asked.filter((asked) => nodeOf(asked) === name),
    );
  }
  world.nodes[name].connected = false;
  process.asked = process.asked.flatMap((asked) => {
    if (nodeOf(asked) !== name) return [asked];
    if (!asked.isAwaited) return [];
    return [{ ...asked, reply: { type: 'failed', failure: failure('unknown', 'the connection was closed') } }];
  });
}

/** What would do harm when it came late; all else is what is wanted then as well, or ends by itself. */
const HARMFUL: readonly string[] = ['promote', 'unfence', 'demote'];

/** With those of the questions that no node has executed. The same one twice does what one does. */
export function withOrphans(orphans: readonly Orphan[], asked: readonly Asked[]): readonly Orphan[] {
  const added = asked.flatMap((each) => {
    const [command, node] = [commandOf(each), nodeOf(each)];
    if (each.reply !== null || command === null || node === null || !HARMFUL.includes(command.type)) return [];
    const isKnown = orphans.some(({ effect, node: at }) => effect.type === command.type && at === node);
    return isKnown ? [] : [{ effect: command, node, isOfDead: false }];
  });
  return [...orphans, ...added.slice(0, 1)];
}

/** Replaces, or takes away, one of the questions. */
export function replace(world: World, asked: Asked, by: Asked | null): void {
  const process = running(world);
  process.asked = process.asked.flatMap((each) => (each === asked ? (by === null ? [] : [by]) : [each]));
}
