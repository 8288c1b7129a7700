import type { ReplySink } from './reply-sink.js';

/** Some replies in a row, and who gets them. */
export interface Expected {
  readonly sink: ReplySink | null;
  readonly frames: number;
}

/**
 * Who gets the next reply of an upstream: a ring of (sink, frames still expected). Neighbouring requests of one sink
 * share an entry, so a pipeline of a hundred costs one.
 */
export class InFlight {
  #sinks: (ReplySink | null)[] = Array.from({ length: 64 }, () => null);
  #frames = new Int32Array(64);
  #head = 0;
  #length = 0;
  #total = 0;

  /** Replies expected in all. */
  get total(): number {
    return this.#total;
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  push(sink: ReplySink, frames: number): void {
    const mask = this.#sinks.length - 1;
    this.#total += frames;
    if (this.#length > 0) {
      const last = (this.#head + this.#length - 1) & mask;
      if (this.#sinks[last] === sink) {
        this.#frames[last] = (this.#frames[last] ?? 0) + frames;
        return;
      }
      if (this.#length > mask) {
        this.#grow();
        this.push(sink, frames);
        this.#total -= frames;
        return;
      }
    }
    const slot = (this.#head + this.#length) & mask;
    this.#sinks[slot] = sink;
    this.#frames[slot] = frames;
    this.#length++;
  }

  /** Whose reply comes next; null when nobody asked for anything. */
  peek(): ReplySink | null {
    return this.#length === 0 ? null : (this.#sinks[this.#head] ?? null);
  }

  /** Replies that the sink at the head still expects. */
  peekFrames(): number {
    return this.#length === 0 ? 0 : (this.#frames[this.#head] ?? 0);
  }

  /** `frames` replies of the sink at the head have come. */
  take(frames: number): void {
    const left = (this.#frames[this.#head] ?? 0) - frames;
    this.#total -= frames;
    if (left > 0) {
      this.#frames[this.#head] = left;
      return;
    }
    this.#sinks[this.#head] = null;
    this.#head = (this.#head + 1) & (this.#sinks.length - 1);
    this.#length--;
  }

  /** Everybody who waits, in order. */
  entries(): readonly Expected[] {
    const mask = this.#sinks.length - 1;
    return Array.from({ length: this.#length }, (_, at) => {
      const slot = (this.#head + at) & mask;
      return { sink: this.#sinks[slot] ?? null, frames: this.#frames[slot] ?? 0 };
    });
  }

  /** Others get the same replies. @param sinks one for each of {@link entries}. */
  replace(sinks: readonly (ReplySink | null)[]): void {
    const mask = this.#sinks.length - 1;
    for (const [at, sink] of sinks.entries()) this.#sinks[(this.#head + at) & mask] = sink;
  }

  #grow(): void {
    const size = this.#sinks.length;
    const sinks: (ReplySink | null)[] = Array.from({ length: size * 2 }, () => null);
    const frames = new Int32Array(size * 2);
    for (let at = 0; at < this.#length; at++) {
      const from = (this.#head + at) & (size - 1);
      sinks[at] = this.#sinks[from] ?? null;
      frames[at] = this.#frames[from] ?? 0;
    }
    this.#sinks = sinks;
    this.#frames = frames;
    this.#head = 0;
  }
}
