import type { EventLoop } from './event-loop.js';
import type { SimEvent } from './event-queue.js';
import type { SimProcess } from './sim-process.js';

/** What `setTimeout` and `setInterval` return in a simulation. */
export class SimTimer {
  readonly #loop: EventLoop;
  readonly #owner: SimProcess;
  readonly #ms: number;
  readonly #repeats: boolean;
  readonly #run: () => void;
  #event: SimEvent | null = null;
  #ref = true;

  constructor(loop: EventLoop, owner: SimProcess, ms: number, repeats: boolean, run: () => void) {
    this.#loop = loop;
    this.#owner = owner;
    // As Node counts: what is no number, or less than 1, is 1.
    this.#ms = ms >= 1 ? ms : 1;
    this.#repeats = repeats;
    this.#run = run;
    this.#start();
  }

  ref(): this {
    this.#ref = true;
    if (this.#event !== null) this.#owner.timers.add(this);
    return this;
  }

  unref(): this {
    this.#ref = false;
    this.#owner.timers.delete(this);
    return this;
  }

  hasRef(): boolean {
    return this.#ref;
  }

  refresh(): this {
    this.close();
    this.#start();
    return this;
  }

  close(): this {
    if (this.#event !== null) this.#loop.cancel(this.#event);
    this.#event = null;
    this.#owner.timers.delete(this);
    return this;
  }

  #start(): void {
    if (this.#ref) this.#owner.timers.add(this);
    this.#event = this.#loop.after(this.#owner, this.#ms, 'timer', () => {
      this.close();
      if (this.#repeats) this.#start();
      this.#run();
    });
  }
}
