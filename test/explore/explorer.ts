import type { StateName } from '../../src/switchover/states.js';
import { keyOf } from './canonical.js';
import { Coverage } from './coverage.js';
import { request } from './faults.js';
import { Fingerprints } from './fingerprints.js';
import { Ways } from './ways.js';
import type { Explored } from './process-model.js';
import { brokenPromise, isEnd } from './promises.js';
import { successors } from './successors.js';
import { beforeOutage, beforeReturn } from './beginnings.js';
import { copyOf, initialWorld, type Trouble, type World } from './world.js';

/** What was found. */
export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Steps from the start to the farthest state. */
  readonly depth: number;
  /** How many states the machine was in each of its own. */
  readonly byState: ReadonlyMap<StateName | 'not running', number>;
  /** How often each kind of trouble struck. */
  readonly byTrouble: ReadonlyMap<Trouble, number>;
  readonly coverage: Coverage;
  /** Not all of it was seen: there was more than `statesMax`. */
  readonly isCut: boolean;
  readonly violation: Violation | null;
}

export interface Violation {
  readonly promise: string;
  /** The numbers of the steps that lead to it, as few as can be. */
  readonly path: readonly number[];
}

/** The world in which it begins. */
export function beginning(explored: Explored, budget: number): World {
  const { begins } = explored.scenario;
  const world = initialWorld(budget);
  if (begins === 'request') request(explored, world, 'x', 'B');
  if (begins === 'outage') beforeOutage(world);
  if (begins === 'return') beforeReturn(world);
  return world;
}

/**
 * Goes through all that can happen, nearest first, until a promise is broken. When all was seen, it is asked from which states no
 * end can be reached.
 */
export function explore(
  { laws, scenario }: Explored,
  budget: number,
  statesMax = Infinity,
  coverage = new Coverage(),
): Exploration {
  const explored = { laws: coverage.watch(laws), scenario };
  const ways = new Ways();
  const known = new Fingerprints();
  const byState = new Map<StateName | 'not running', number>();
  const byTrouble = new Map<Trouble, number>();
  const first = beginning(explored, budget);
  known.add(keyOf(first), 0, 0);
  let level: readonly { readonly number: number; readonly world: World }[] = [{ number: 0, world: first }];
  let [transitions, depth] = [0, 0];
  const result = (violation: Violation | null, isCut: boolean): Exploration => ({
    states: known.count,
    transitions,
    depth,
    byState,
    byTrouble,
    coverage,
    isCut,
    violation,
  });
  while (level.length > 0) {
    const next: { number: number; world: World }[] = [];
    for (const { number: parent, world } of level) {
      const steps = successors(explored, world);
      for (const [step, successor] of steps.entries()) {
        transitions += 1;
        if (successor.world.struck !== null) count(byTrouble, successor.world.struck);
        const { number, isNew } = known.add(keyOf(successor.world), parent, step);
        ways.add(parent, number);
        if (!isNew) continue;
        if (isEnd(successor.world)) ways.end(number);
        const promise = brokenPromise(explored, successor.world);
        if (promise !== '') return result({ promise, path: known.pathTo(number) }, false);
        count(byState, successor.world.process?.machine.state.type ?? 'not running');
        next.push({ number, world: successor.world });
      }
      if (known.count > statesMax) return result(null, true);
    }
    level = next;
    depth += 1;
  }
  const astray = ways.firstAstray(known.count);
  if (astray === null) return result(null, false);
  return result({ promise: 'everything has an end: none can be reached from here', path: known.pathTo(astray) }, false);
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The worlds along a path, the first one included. */
export function replay(explored: Explored, budget: number, path: readonly number[]) {
  let world = beginning(explored, budget);
  return path.map((step) => {
    const successor = successors(explored, copyOf(world))[step];
    if (successor === undefined) throw new Error(`there is no step ${step}`);
    world = successor.world;
    return successor;
  });
}
