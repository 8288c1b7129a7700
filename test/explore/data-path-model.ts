import { isMaster, isResponsive, nameOf, type NodeName, type World, type Writes, type WriteState } from './world.js';
import { takesWrites } from './node-model.js';

/*
 * What the proxy does with the writes of its clients: a write that meets the gate is held, one that meets a replica comes back
 * (READONLY proves that it did not run) and is held until there is another master.
 */

/** The writes that go through the proxy. */
export const PROXIED = ['P', 'H'] as const;

/** Sends what was held, and what came back, if there is somebody to send it to. */
export function sendHeld(world: World): void {
  const { process, writes } = world;
  if (process === null || process.gateClosed || process.master === null) return;
  const target = process.master;
  for (const write of PROXIED) {
    const state = writes[write];
    const cameBack = state.startsWith('sent') && !isMaster(world.nodes[placeOf(state)]);
    if (state === 'held' || cameBack) writes[write] = `sent ${target}`;
  }
}

/** A client writes through the proxy. */
export function beginWrite(world: World, write: 'P' | 'H'): void {
  world.writes[write] = 'held';
  sendHeld(world);
}

/** Whether a reply is still awaited; a command at a replica is answered that it did not run, and counts no more. */
export function isDrained(world: World): boolean {
  return PROXIED.every((write) => {
    const state = world.writes[write];
    if (state.startsWith('done')) return false;
    return !state.startsWith('sent') || !isMaster(world.nodes[placeOf(state)]);
  });
}

export function mayRun(world: World, write: 'P' | 'H'): boolean {
  const state = world.writes[write];
  if (!state.startsWith('sent') || !world.truth.begun) return false;
  const at = placeOf(state);
  return takesWrites(world, at) && isResponsive(world.nodes[at]);
}

export function run(world: World, write: 'P' | 'H'): void {
  const at = placeOf(world.writes[write]);
  world.nodes[at].log += write;
  world.writes[write] = `done ${at}`;
}

export function mayBeAcknowledged(world: World, write: 'P' | 'H'): boolean {
  const state = world.writes[write];
  if (!state.startsWith('done')) return false;
  const { life, hole } = world.nodes[placeOf(state)];
  return life !== 'dead' && hole === 'none';
}

export function acknowledge(world: World, write: 'P' | 'H'): void {
  world.writes[write] = `acked ${placeOf(world.writes[write])}`;
}

/** The connections to a node, or all of them, are gone: what was in flight is unknown. */
export function loseInFlight(world: World, node: NodeName | null): void {
  for (const write of PROXIED) {
    const state = world.writes[write];
    const inFlight = state.startsWith('sent') || state.startsWith('done');
    if (inFlight && (node === null || placeOf(state) === node)) world.writes[write] = 'unknown';
  }
}

/** The clients' connections are gone with the proxy: what it held was never sent, and its client may try again. */
export function forgetHeld(world: World): void {
  for (const write of PROXIED) if (world.writes[write] === 'held') world.writes[write] = 'again';
}

/** The writes that somebody was told are done. */
export function acknowledged(writes: Writes): readonly (keyof Writes)[] {
  return (['P', 'H', 'Y'] as const).filter((write) => writes[write].startsWith('acked'));
}

function placeOf(state: WriteState): NodeName {
  return nameOf(state.slice(-1));
}
