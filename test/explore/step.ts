import type { World } from './world.js';

/** What may happen next, and the world after it. */
export interface Successor {
  readonly label: string;
  readonly world: World;
}

/** Adds a successor: what it is called, and what it changes in a copy of the world. */
export type Step = (label: string, change: (world: World) => void) => void;
