import { transition } from '../../src/switchover/machine.js';
import { planRecovery } from '../../src/switchover/recovery.js';
import type { SwitchoverSettings } from '../../src/switchover/settings.js';
import { DEFAULT_SETTINGS } from '../../src/switchover/settings.js';
import type { StrategyTraits } from '../../src/switchover/strategy.js';
import { execute } from './node-model.js';
import { TICK_MS, type NodeName, type Trouble } from './world.js';

/** What is explored: the product's own functions, or the same with a bug put in. */
export interface Laws {
  readonly transition: typeof transition;
  readonly planRecovery: typeof planRecovery;
  readonly execute: typeof execute;
}

export const PRODUCT: Laws = { transition, planRecovery, execute };

/** Under which circumstances it is explored. */
export interface Scenario {
  readonly name: string;
  /** What it is about, in a few words. */
  readonly about: string;
  readonly settings: SwitchoverSettings;
  readonly traits: StrategyTraits;
  /** Whether the servers have `CLIENT PAUSE`. */
  readonly canPause: boolean;
  /** Null: nothing is to be arranged; else how the candidate can be promoted. */
  readonly arrangement: 'nothing' | 'beat' | null;
  /** Whom the owner of the roles may promote instead of the candidate. */
  readonly mayPromoteInstead: NodeName | null;
  /** A client writes to A past the proxy. */
  readonly bypass: boolean;
  /** A writes a replication ping while the gate is shut. */
  readonly pings: boolean;
  /** How it begins: an operator asks for B, or the master falls silent (somebody watches that), or a former master returns. */
  readonly begins: 'request' | 'outage' | 'return';
  /** Which kinds of trouble may strike. */
  readonly troubles: readonly Trouble[];
}

/** Multiples of a tick, in the proportions of the defaults; as few ticks as keep them apart. */
export const SETTINGS: SwitchoverSettings = {
  ...DEFAULT_SETTINGS,
  syncTimeoutMs: TICK_MS,
  promoteTimeoutMs: 2 * TICK_MS,
  pauseTimeoutMs: 4 * TICK_MS,
  preflightTimeoutMs: 2 * TICK_MS,
  resolveTimeoutMs: 2 * TICK_MS,
  settleTimeoutMs: 2 * TICK_MS,
  commandTimeoutMs: TICK_MS,
  // Always the same, so that the number of failures before does not matter.
  retryMinMs: TICK_MS,
  retryMaxMs: TICK_MS,
};

/**
 * For how many ticks the gate may stay shut: drain to catching up, the extending of the pause, the promotion, (where it cuts
 * connections) the preparing behind it, the resolving; and one for each of these that is found to be over only at the next tick.
 */
export const CLOSED_TICKS_MAX = 12;
