import type { SimProcess } from './sim-process.js';

/** Something that happens at a time; `run` is null once it was cancelled. */
export interface SimEvent {
  at: number;
  /** Of what happens at one time, the lower comes first. */
  order: number;
  readonly owner: SimProcess;
  readonly what: string;
  run: (() => void) | null;
}

/** What is still to happen; the earliest comes out first (a binary heap). */
export class EventQueue {
  readonly #heap: SimEvent[] = [];

  push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#comesBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): SimEvent | null {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    const { length } = this.#heap;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= length) return;
      const child = left + 1 < length && this.#comesBefore(left + 1, left) ? left + 1 : left;
      if (!this.#comesBefore(child, at)) return;
      this.#swap(child, at);
      at = child;
    }
  }

  #comesBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return false;
    return first.at < second.at || (first.at === second.at && first.order < second.order);
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
