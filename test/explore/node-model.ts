import type { NodeEffect } from '../../src/switchover/node-caller.js';
import type { Failure, Reply } from '../../src/switchover/events.js';
import type { NodeFacts, RoleFacts } from '../../src/switchover/ports.js';
import {
  isMaster,
  isPaused,
  isResponsive,
  nameOf,
  type ModelNode,
  type NodeName,
  type World,
  TICK_MS,
} from './world.js';

/*
 * What a server does with a command. As the real ones do: a role reads as it is when the command is executed, the longer of
 * two pauses wins, and a demotion ends the pause in the same moment.
 */

/** The commands that are sent to one node, in the order in which they are asked. */
export type NodeCommand = Exclude<NodeEffect, { readonly type: 'inspect' | 'arrange' | 'measure' }>;

/** Executes a command; the world is changed in place. */
export function execute(world: World, effect: NodeCommand): Reply {
  const name = nameOf(effect.node);
  const node = world.nodes[name];
  switch (effect.type) {
    case 'fence':
      if (!isMaster(node)) return wrongRole(node);
      node.pauseUntil = Math.max(node.pauseUntil, world.tick + effect.pauseMs / TICK_MS);
      return { type: 'fenced', offset: node.log.length };
    case 'read-applied':
      return isMaster(node) ? wrongRole(node) : { type: 'applied', offset: node.log.length };
    case 'extend':
      node.pauseUntil = Math.max(node.pauseUntil, world.tick + effect.pauseMs / TICK_MS);
      return { type: 'extended' };
    case 'promote':
      node.role = 'master';
      node.returned = false;
      if (!world.truth.promoted.includes(name)) {
        world.truth = { ...world.truth, promoted: world.truth.promoted + name };
      }
      return { type: 'promoted' };
    case 'unfence':
      node.pauseUntil = 0;
      return { type: 'unfenced' };
    case 'read-role':
      // Asked behind the promotion; on a new connection the one that carried it was ended on the server before.
      endPromotion(world, name, false);
      endInherited(world, name);
      if (name === 'B' && isAskedAsCandidate(world))
        return { type: 'failed', failure: failure('unknown', 'another one was promoted') };
      return { type: 'role', role: roleOf(world, name) };
    case 'examine': {
      const { log } = world.nodes[nameOf(effect.master)];
      const extraWrites = node.log.split('').filter((write) => !log.includes(write)).length;
      const isReplaced = isMaster(world.nodes[nameOf(effect.master)]);
      return {
        type: 'examined',
        extraWrites,
        canPause: true,
        isSameProcess: !node.returned,
        isReplaced,
        isTakenBack: false,
      };
    }
    case 'demote':
      follow(node, nameOf(effect.master));
      node.pauseUntil = 0;
      return { type: 'demoted' };
    case 'follow':
      follow(node, nameOf(effect.master));
      return { type: 'followed' };
    case 'read-counters':
      return { type: 'counted', counters: { full: 0, partial: 0 } };
    case 'persist':
      node.saved = isMaster(node) ? name : node.follows;
      return { type: 'persisted', problem: '' };
  }
}

/** The owner of the roles says of its candidate, as long as somebody asks for the outcome, that it has chosen another. */
function isAskedAsCandidate({ truth, process }: World): boolean {
  const type = process?.machine.state.type;
  return truth.instead && (type === 'promoting' || type === 'resolving' || type === 'unresolved');
}

/** Ends the connection that carried a promotion: that of this process, or of one that has ended. */
export function endPromotion(world: World, name: NodeName, isOfDead: boolean): void {
  world.orphans = world.orphans.filter(
    (orphan) => orphan.node !== name || orphan.effect.type !== 'promote' || orphan.isOfDead !== isOfDead,
  );
}

/** The process that runs now ends the connections that those before it have named, before it believes a node. */
export function endInherited(world: World, name: NodeName): void {
  const { process } = world;
  if (process?.inherited.includes(name) !== true) return;
  endPromotion(world, name, true);
  process.inherited = process.inherited.filter((each) => each !== name);
}

function follow(node: ModelNode, master: NodeName): void {
  node.role = 'replica';
  node.follows = master;
  node.returned = false;
}

function wrongRole(node: ModelNode): Reply {
  return { type: 'failed', failure: failure('unknown', `it is a ${node.role}`) };
}

export function failure(kind: Failure['kind'], message: string): Failure {
  return { kind, code: '', message };
}

/** What a node says of itself. */
function roleOf(world: World, name: NodeName): RoleFacts {
  const node = world.nodes[name];
  const offset = node.log.length;
  if (isMaster(node)) return { role: 'master', offset };
  const linkUp = world.nodes[node.follows].life === 'up' && !node.lags;
  return { role: 'replica', offset, follows: { node: node.follows, linkUp, syncing: false } };
}

/** The same with all that preflight asks. */
export function factsOf(world: World, name: NodeName, canPause: boolean): NodeFacts {
  return {
    ...roleOf(world, name),
    node: name,
    engine: canPause ? 'redis' : 'kvrocks',
    version: '7.0.15',
    runId: name,
    loading: false,
    priority: 100,
    clusterEnabled: false,
    canPause,
    replicas: [],
    roundTripMs: 0,
  };
}

/** Whether it answers. */
export function isSeen(world: World, name: NodeName): boolean {
  return isResponsive(world.nodes[name]) && world.nodes[name].hole === 'none';
}

/** Whether a replica has something to take from its master, and can. */
export function hasSomethingToTake(world: World, name: NodeName): boolean {
  const node = world.nodes[name];
  if (isMaster(node) || node.life !== 'up' || node.lags || node.follows === name) return false;
  const master = world.nodes[node.follows];
  return master.life === 'up' && master.log !== node.log;
}

/** One write further along its master's stream; with data of its own, all of the master's in place of that. */
export function replicate(world: World, name: NodeName): void {
  const node = world.nodes[name];
  const { log } = world.nodes[node.follows];
  node.log = log.startsWith(node.log) ? log.slice(0, node.log.length + 1) : log;
}

/** A write arrives at a node; whether it is executed there now. */
export function takesWrites(world: World, name: NodeName): boolean {
  const node = world.nodes[name];
  return node.life === 'up' && isMaster(node) && !isPaused(world, node);
}
