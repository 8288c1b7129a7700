import { Dice } from './world/dice.js';

/** What may go wrong; each fault has an end, after which all is as before. */
export const FAULTS = [
  'break-client',
  'break-link',
  'break-lane',
  'freeze-server',
  'freeze-holdfast',
  'kill-server',
  'kill-master',
  'kill-holdfast',
  'cut-from-holdfast',
  'cut-replication',
  'full-disk',
  'abort-switch',
  'second-operator',
  'careful-human',
] as const;

export type Fault = (typeof FAULTS)[number];

/** A fault of a run: when it begins, and for how long it lasts, ms. */
export interface Disturbance {
  readonly fault: Fault;
  readonly atMs: number;
  readonly lastsMs: number;
}

/** What a seed says of a run, before it begins. */
export interface Scenario {
  readonly seed: number;
  readonly servers: number;
  /** When an operator asks for a switch, ms from when the applications begin. */
  readonly switchesAtMs: readonly number[];
  /** Empty: a calm run, in which nobody may see an error. */
  readonly faults: readonly Disturbance[];
  /** No client may be told an error. */
  readonly mustSucceed: boolean;
  /** Of each application. */
  readonly rounds: number;
  readonly applications: number;
  /** Holdfast promotes by itself when the master is dead: what was not replicated by then is lost. */
  readonly autoFailover: boolean;
  readonly latencyMs: readonly [number, number];
  readonly spikes: number;
  readonly slices: number;
  /** How many of the connections are much slower than the others. */
  readonly slow: number;
  readonly windowBytes: number;
  readonly restMs: number;
  readonly pingMs: number;
  readonly backlogBytes: number;
}

const MOST_FAULTS = 4;
/** A switch takes so long at most when nothing is in its way. Most faults should meet one. */
const SWITCH_MS = 25;
const LONGEST_FAULT_MS = 6000;

/** `human`: nothing goes wrong but that somebody else moves the master, as it should be done. */
export type Kind = 'calm' | 'human' | 'rough' | 'any';

export function scenarioOf(seed: number, kind: Kind): Scenario {
  // Of its own: the run has dice that are thrown for other reasons.
  const dice = new Dice(seed ^ 0x5eed);
  const drawn = kind === 'any' ? dice.weighted({ calm: 3, human: 1, rough: 6 }) : kind;
  const isCalm = drawn === 'calm';
  const least = dice.between(0.01, 0.1);
  const switchesAtMs = Array.from({ length: dice.whole(1, 3) }, (_, index) => 5 + index * 60 + dice.upTo(50));
  return {
    seed,
    servers: dice.whole(2, 3),
    switchesAtMs,
    faults: isCalm
      ? []
      : Array.from({ length: dice.whole(1, MOST_FAULTS) }, () =>
          disturbance(dice, switchesAtMs, drawn === 'human' ? ['careful-human'] : FAULTS),
        ),
    autoFailover: drawn === 'rough' && dice.chance(0.25),
    mustSucceed: drawn === 'calm' || kind === 'human',
    rounds: dice.whole(10, 40),
    applications: dice.whole(3, 9),
    latencyMs: [least, least + dice.between(0.01, 0.6)],
    spikes: dice.chance(0.5) ? dice.upTo(0.02) : 0,
    slices: dice.pick([0, 0.05, 0.3, 1]),
    slow: dice.pick([0, 0.1, 0.3]),
    windowBytes: dice.pick([4 * 1024, 64 * 1024, 1024 * 1024]),
    restMs: dice.pick([0.5, 2, 8]),
    pingMs: dice.pick([10_000, 1000, 50]),
    backlogBytes: dice.pick([1024 * 1024, 1024 * 1024, 2000]),
  };
}

function disturbance(dice: Dice, switchesAtMs: readonly number[], faults: readonly Fault[]): Disturbance {
  const nearSwitch = dice.pick(switchesAtMs) + dice.upTo(SWITCH_MS);
  return {
    fault: dice.pick(faults),
    atMs: dice.chance(0.75) ? nearSwitch : dice.upTo(200),
    // As often between 1 and 10 ms as between 600 ms and 6 s.
    lastsMs: LONGEST_FAULT_MS ** dice.next(),
  };
}
