import type { ArgumentOf, Kind, Operation, Outcome, ResultOf } from './operation.js';

/** An operation that was sent. Settling it twice is a defect of whoever records. */
export interface Pending<K extends Kind> {
  ok(value: ResultOf<K>): void;
  refused(error: string): void;
  unknown(error: string): void;
  unclean(error: string): void;
}

/** Less than any clock can tell, and enough for a number that counts milliseconds since the machine was started. */
const TICK_MS = 1e-6;

/** Writes a history down. What has not been settled when it is read is unknown. */
export class Recorder {
  readonly #now: () => number;
  readonly #settled: Operation[] = [];
  #lastStart = -Infinity;
  readonly #pending = new Set<() => Operation>();

  /** @param now a monotonic clock in ms, the same for all that is judged together. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes that a request is being sent; call it before the first byte leaves. */
  begin<K extends Kind>(
    client: string,
    key: string,
    kind: K,
    argument: ArgumentOf<K>,
    options: { readonly isFinal?: true } = {},
  ): Pending<K> {
    // Those of one pipeline leave one after the other, within one tick of the clock.
    const start = Math.max(this.#now(), this.#lastStart + TICK_MS);
    this.#lastStart = start;
    const operation = (end: number, outcome: Outcome<ResultOf<K>>): Operation =>
      // The union is indexed by a kind that is not known here.
      ({ client, key, kind, argument, start, end, outcome, ...options }) as unknown as Operation;
    const unfinished = (): Operation => operation(Infinity, { type: 'unknown', error: 'no answer' });
    const settle = (end: number, outcome: Outcome<ResultOf<K>>): void => {
      if (!this.#pending.delete(unfinished)) throw new Error(`${client}: ${kind} ${key} was settled twice`);
      this.#settled.push(operation(end, outcome));
    };
    this.#pending.add(unfinished);
    return {
      ok: (value) => settle(this.#end(start), { type: 'ok', value }),
      refused: (error) => settle(this.#end(start), { type: 'refused', error }),
      unknown: (error) => settle(Infinity, { type: 'unknown', error }),
      unclean: (error) => settle(Infinity, { type: 'unclean', error }),
    };
  }

  #end(start: number): number {
    return Math.max(this.#now(), start);
  }

  /** All that was recorded until now. */
  operations(): readonly Operation[] {
    return [...this.#settled, ...[...this.#pending].map((unfinished) => unfinished())];
  }
}
