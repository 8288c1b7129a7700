import { DEFAULT_LOAD } from '../load/settings.js';

/** Under which load, and in which surroundings, the master is moved. */
export interface Scenario {
  readonly name: string;
  /** SETs of {@link size} bytes per second, over all {@link connections}; the other operations come on top. */
  readonly rate: number;
  readonly size: number;
  readonly connections: number;
  /** Operations that a connection sends at a time. */
  readonly burst: number;
  /** Connections that only read, and how many GETs per second they send together. */
  readonly readers: number;
  readonly readRate: number;
  readonly nodes: number;
  /** How long everything between two parties is on its way, one way. */
  readonly delayMs: number;
  /** Switches of Holdfast; the other contenders have their share. */
  readonly switchovers: number;
  /** The contenders take turns so often, each with a fresh shard and fresh processes. */
  readonly rounds: number;
  /** Names of those that it is about; null where it is about all. */
  readonly contenders: readonly string[] | null;
}

/** The scenario that the others differ from: 20 MB of values a second on three nodes. */
const BASE: Scenario = {
  name: 'base',
  rate: 10_000,
  size: DEFAULT_LOAD.size,
  connections: DEFAULT_LOAD.connections,
  burst: 1,
  readers: 5,
  readRate: 1_000,
  nodes: 3,
  delayMs: 0,
  switchovers: 200,
  rounds: 3,
  contenders: null,
};

const ONE_MORE = { ...BASE, switchovers: 100, rounds: 1 };

/** What the command line may set in a scenario. */
export type ScenarioChange = Partial<Omit<Scenario, 'name' | 'contenders'>>;

/** A scenario with one switch a round is about the first switch of a process: it stays so, whichever of the two numbers is set. */
export function changedScenario(scenario: Scenario, change: ScenarioChange): Scenario {
  if (scenario.switchovers !== scenario.rounds) return { ...scenario, ...change };
  const rounds = change.switchovers ?? change.rounds ?? scenario.rounds;
  return { ...scenario, ...change, rounds, switchovers: rounds };
}

/** What is measured by default: the base, and what each of its parameters does to it. */
export const SCENARIOS: readonly Scenario[] = [
  BASE,
  { ...ONE_MORE, name: 'slow', rate: 1_000 },
  // A process in which no switch has happened yet: all that an operator ever sees. One a round, so as many rounds.
  { ...BASE, name: 'first', rate: 1_000, switchovers: 10, rounds: 10, contenders: ['holdfast'] },
  { ...ONE_MORE, name: 'pipelined', rate: 50_000, burst: 16 },
  { ...ONE_MORE, name: '2-nodes', nodes: 2 },
  { ...ONE_MORE, name: '5-nodes', nodes: 5 },
  // A relay costs the processor something for each request, and its delay is what is of interest here.
  { ...ONE_MORE, name: 'delay-0.5ms', delayMs: 0.5, rate: 1_000 },
  { ...ONE_MORE, name: 'delay-2ms', delayMs: 2, rate: 1_000 },
];

/** A look at all contenders, and at Holdfast's round trips. */
export const QUICK_SCENARIOS: readonly Scenario[] = [{ ...BASE, switchovers: 12, rounds: 1 }];
