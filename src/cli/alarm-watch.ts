import { alarmsOf } from '../admin/alarms.js';
import type { AdminPorts } from '../admin/ports.js';
import type { Logger } from '../log/logger.js';
import type { Clock } from '../switchover/ports.js';

/** Between two looks, ms. An alarm that is over before is none that a person could do something about. */
const LOOK_MS = 500;

/** Writes into the log which alarms come and go: not everybody watches STATUS or the metrics. */
export class AlarmWatch {
  readonly #ports: AdminPorts;
  readonly #clock: Clock;
  readonly #log: Logger;
  #on: readonly string[] = [];
  #cancel: () => void = () => undefined;

  constructor(ports: AdminPorts, clock: Clock, log: Logger) {
    this.#ports = ports;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#look();
    this.#cancel = this.#clock.schedule(LOOK_MS, () => this.start());
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const now = alarmsOf(this.#ports);
    const { unsettled } = this.#ports.switchover.status();
    const problem = this.#ports.topology.problem();
    for (const alarm of now) {
      if (!this.#on.includes(alarm)) this.#log.error({ alarm, unsettled, problem }, 'an alarm is on');
    }
    for (const alarm of this.#on) if (!now.includes(alarm)) this.#log.info({ alarm }, 'an alarm is over');
    this.#on = now;
  }
}
