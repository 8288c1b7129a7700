import { SeededRandom } from '../unit/resp/seeded-random.js';
import type { Fault, Target } from './faults/fault.js';
import { PHASES, type Phase } from './moments.js';

/** What one run tries; the same for the same seed. */
export interface Plan {
  readonly seed: number;
  /** null: a switch without a fault. */
  readonly fault: Fault | null;
  readonly phase: Phase;
  readonly target: Target;
  /** How long the fault lasts, ms. */
  readonly lastsMs: number;
}

/** Long enough for two time-outs of the switch, short enough to make many runs. */
const LONGEST_FAULT_MS = 1_500;

/** Each seed draws a fault, when it strikes, and what. */
export function drawPlan(seed: number, faults: readonly Fault[]): Plan {
  const random = new SeededRandom(seed);
  const fault = random.pick(faults);
  return {
    seed,
    fault,
    phase: random.pick(fault.phases ?? PHASES),
    target: random.pick(fault.targets),
    // Short ones, which end while something still waits for them, are as interesting as long ones.
    lastsMs: random.pick([10, 100, LONGEST_FAULT_MS / 3, LONGEST_FAULT_MS]),
  };
}

/** A switch that nothing disturbs. */
export function plannedSwitch(seed: number): Plan {
  return { seed, fault: null, phase: 'idle', target: 'old', lastsMs: 0 };
}

/** One line for people. */
export function planText({ seed, fault, phase, target, lastsMs }: Plan): string {
  return fault === null
    ? `seed ${seed}: no fault`
    : `seed ${seed}: ${fault.name} of ${target} at ${phase} for ${lastsMs} ms`;
}
