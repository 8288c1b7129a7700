import { beginning, type Violation } from './explorer.js';
import type { Explored } from './process-model.js';
import { brokenPromise, isEnd } from './promises.js';
import { successors } from './successors.js';
import type { World } from './world.js';

/** What walks at random have seen. */
export interface Walked {
  readonly walks: number;
  readonly steps: number;
  readonly violation: Violation | null;
}

/** Longer than the way from any beginning to any end, with two faults and what they cost. */
const STEPS_MAX = 150;
/** One step in so many is trouble: the first strikes anywhere in a switch, and the second in what follows. */
const TROUBLE_IN = 16;

/** Goes so many ways, each at random from its seed, until a promise is broken. */
export function walk(explored: Explored, budget: number, walks: number): Walked {
  let steps = 0;
  for (let seed = 1; seed <= walks; seed += 1) {
    const { path, promise } = walkOnce(explored, budget, chance(seed));
    steps += path.length;
    if (promise !== '') return { walks: seed, steps, violation: { promise, path } };
  }
  return { walks, steps, violation: null };
}

function walkOnce(explored: Explored, budget: number, random: () => number) {
  const path: number[] = [];
  let world: World = beginning(explored, budget);
  while (path.length < STEPS_MAX) {
    const all = [...successors(explored, world).entries()];
    const usual = all.filter(([, { world: next }]) => next.struck === null);
    const isTrouble = usual.length === 0 || (usual.length < all.length && random() * TROUBLE_IN < 1);
    const among = isTrouble ? all.filter(([, { world: next }]) => next.struck !== null) : usual;
    const chosen = among[Math.floor(random() * among.length)];
    if (chosen === undefined) break;
    const [step, successor] = chosen;
    path.push(step);
    ({ world } = successor);
    const promise = brokenPromise(explored, world);
    if (promise !== '') return { path, promise };
    if (world.budget === 0 && isEnd(world) && random() * 2 < 1) break;
  }
  return { path, promise: '' };
}

/** Numbers from 0 to 1 (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
