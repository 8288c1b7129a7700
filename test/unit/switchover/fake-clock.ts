import type { Clock } from '../../../src/switchover/ports.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = 1_000;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  wall(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  schedule(ms: number, wake: () => void): () => void {
    const timer = { at: this.#now + ms, order: (this.#order += 1), wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass without ringing anything: the event loop was busy. */
  stall(ms: number): void {
    this.#now += ms;
  }

  /** Moves to the next timer and rings it. @returns false when there is none up to `limit`. */
  next(limit = Infinity): boolean {
    const [first] = [...this.#timers].sort((a, b) => a.at - b.at || a.order - b.order);
    if (first === undefined || first.at > limit) return false;
    this.#timers.delete(first);
    this.#now = Math.max(this.#now, first.at);
    first.wake();
    return true;
  }

  get pending(): number {
    return this.#timers.size;
  }
}

/** More turns of the event loop than any chain of answers that needs no clock; a turn costs microseconds. */
export const TURNS = 40;

/** One turn of the event loop: every fake node that was asked before has answered. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything settle that needs no clock. */
export async function turn(): Promise<void> {
  for (let i = 0; i < TURNS; i += 1) await nextTurn();
}
