import { newProcess, type Durable, type World } from './world.js';

/*
 * The worlds in which no switch is asked for at first.
 */

/** A was told that P is done; B has it, C has not yet, when A falls silent. */
export function beforeOutage(world: World): void {
  world.nodes.A.log = 'xP';
  world.nodes.B.log = 'xP';
  world.writes = { ...world.writes, P: 'acked A' };
}

/** B has been the master since A was killed; A does not know it, and follows nobody when it is started again. */
export function beforeReturn(world: World): void {
  const durable: Durable = { intent: null, master: 'B', epoch: 2, last: null };
  const { A, B, C } = world.nodes;
  world.nodes = {
    A: { ...A, life: 'dead', connected: false },
    B: { ...B, role: 'master', follows: 'B', saved: 'B', log: 'x' },
    C: { ...C, follows: 'B', saved: 'B' },
  };
  world.writes = { ...world.writes, P: 'sent B' };
  world.disk = durable;
  world.process = { ...newProcess(durable), master: 'B' };
  world.truth = { ...world.truth, begun: true, promoted: 'B', promotionsSent: 'x', finished: 'x' };
  // Y is written to A when it is back: nothing keeps it out.
  world.damage = { ...world.damage, pauseEnded: true, restarted: true };
}
