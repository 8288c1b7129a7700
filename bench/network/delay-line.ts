import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../load/monotonic.js';
import { ARMED, type Alarm } from './alarm.js';

/**
 * Does what it is given a fixed time later, in order. Node's timers count in whole milliseconds, so a thread keeps the
 * time: all delays are equal, so there is only ever one moment to wait for, that of the oldest.
 */
export class DelayLine {
  readonly #delayMs: number;
  readonly #waiting: { readonly atMs: number; readonly act: () => void }[] = [];
  readonly #alarm: Alarm;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
    this.#alarm = {
      flags: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)),
      atMs: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)),
    };
    const clock = new Worker(new URL('./clock-thread.js', import.meta.url), { workerData: this.#alarm });
    clock.on('message', () => this.#ring());
    // Without its clock the line would stand still for ever.
    clock.on('error', (error) => {
      throw error;
    });
    clock.unref();
  }

  later(act: () => void): void {
    const atMs = monotonicMs() + this.#delayMs;
    this.#waiting.push({ atMs, act });
    if (this.#waiting.length === 1) this.#arm(atMs);
  }

  #arm(atMs: number): void {
    this.#alarm.atMs[0] = atMs;
    Atomics.store(this.#alarm.flags, ARMED, 1);
    Atomics.notify(this.#alarm.flags, ARMED);
  }

  #ring(): void {
    const now = monotonicMs();
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.atMs > now) return this.#arm(next.atMs);
      // Done before it is taken out: what it hands in must not find the line empty, and set the alarm a second time.
      next.act();
      this.#waiting.shift();
    }
  }
}
