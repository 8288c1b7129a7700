import type { Clock } from '../../../src/switchover/ports.js';

interface Alarm {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #now = 0;
  #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(this.#now);
  }

  schedule(ms: number, wake: () => void): () => void {
    const alarm = { at: this.#now + ms, wake };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((each) => each !== alarm);
    };
  }

  /** In how many ms the next alarm is due; null when there is none. */
  nextIn(): number | null {
    const next = Math.min(...this.#alarms.map(({ at }) => at));
    return Number.isFinite(next) ? next - this.#now : null;
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#alarms.filter(({ at }) => at <= this.#now);
    this.#alarms = this.#alarms.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
  }
}
