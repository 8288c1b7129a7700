import type { SwitchoverReport } from '../../src/switchover/ports.js';
import type { Outcomes } from '../history/verdict.js';
import type { ByHand } from './hand.js';
import type { Scenario } from './scenario.js';

/** What came of one run. */
export interface Findings {
  readonly scenario: Scenario;
  /** Sentences; empty: every promise was kept. */
  readonly broken: readonly string[];
  readonly reports: readonly SwitchoverReport[];
  readonly byHand: readonly ByHand[];
  readonly outcomes: Outcomes;
  readonly events: number;
  readonly virtualMs: number;
  /** Equal for equal runs. */
  readonly hash: string;
}
