import type { Phase } from '../moments.js';
import type { Role, Scene } from '../scene.js';

/** What a fault strikes. */
export type Target = Role | 'clients' | 'holdfast';

/** Takes back what a fault did; what it changed for good (a node that was killed) is put right. */
export type Heal = () => Promise<void> | void;

/** Strikes at once, before it returns. */
export type Strike = () => Heal;

export interface Fault {
  readonly name: string;
  readonly targets: readonly Target[];
  /** When it may strike; default: always. */
  readonly phases?: readonly Phase[];
  /** Somebody other than this Holdfast makes another node the master. */
  readonly movesTheMaster?: true;
  /** Holdfast, or a worker of it, does not survive that. */
  readonly endsHoldfast?: true;
  /** Prepares what takes time, while nothing happens yet. */
  readonly arm: (scene: Scene, target: Target) => Promise<Strike> | Strike;
}
