import type { GateView } from '../admin/ports.js';
import type { Logger } from '../log/logger.js';
import type { Clock } from '../switchover/ports.js';
import type { SwitchoverSettings } from '../switchover/settings.js';

/** Between two looks, ms. */
const LOOK_MS = 500;
/** For what a hold does beside its steps, on a machine that is busy, ms. */
const MARGIN_MS = 1_000;

/** Who holds the gate. */
interface Gate {
  gateHolders(): readonly string[];
}

/**
 * Looks whether a switchover keeps the gate closed for longer than all its steps together may take. It knows nothing of the machine, whose
 * own deadlines should never let that happen.
 */
export class GateWatch implements GateView {
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #boundMs: number;
  #closedSince: number | null = null;
  #isTold = false;
  #cancel: () => void = () => undefined;

  constructor(gate: Gate, settings: SwitchoverSettings, clock: Clock, log: Logger) {
    this.#gate = gate;
    this.#clock = clock;
    this.#log = log;
    const { syncTimeoutMs, promoteTimeoutMs, resolveTimeoutMs } = settings;
    this.#boundMs = syncTimeoutMs + promoteTimeoutMs + resolveTimeoutMs + MARGIN_MS;
  }

  start(): void {
    this.#look();
    this.#cancel = this.#clock.schedule(LOOK_MS, () => this.start());
  }

  stop(): void {
    this.#cancel();
  }

  isOverdue(): boolean {
    return this.#closedSince !== null && this.#clock.now() - this.#closedSince > this.#boundMs;
  }

  #look(): void {
    const isClosed = this.#gate.gateHolders().includes('switchover');
    this.#closedSince = isClosed ? (this.#closedSince ?? this.#clock.now()) : null;
    const isOverdue = this.isOverdue();
    if (isOverdue && !this.#isTold) {
      this.#log.error({ boundMs: this.#boundMs }, 'a switchover keeps the gate closed for longer than it may');
    }
    this.#isTold = isOverdue;
  }
}
