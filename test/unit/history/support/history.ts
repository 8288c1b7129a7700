import { judge } from '../../../history/judge.js';
import type { Kind, Operation, Outcome, ResultOf, ArgumentOf } from '../../../history/operation.js';
import type { AnomalyKind } from '../../../history/verdict.js';

/** Start and end. */
type Interval = readonly [number, number];

/** The kinds of anomalies in a history. */
export function found({ operations }: History): readonly AnomalyKind[] {
  return [...new Set(judge(operations).anomalies.map(({ kind }) => kind))];
}

/** Histories of one key for tests, each operation by a client of its own. */
export class History {
  readonly operations: Operation[] = [];
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  increment(at: Interval, value: number): this {
    return this.#ok('increment', null, at, value);
  }

  unknownIncrement(start: number): this {
    return this.#unknown('increment', null, start);
  }

  refusedIncrement(at: Interval): this {
    return this.#refused('increment', null, at);
  }

  count(at: Interval, value: number): this {
    return this.#ok('count', null, at, value);
  }

  finalCount(at: Interval, value: number): this {
    return this.#ok('count', null, at, value, { isFinal: true });
  }

  append(at: Interval, element: string, length: number): this {
    return this.#ok('append', { element }, at, length);
  }

  unknownAppend(start: number, element: string): this {
    return this.#unknown('append', { element }, start);
  }

  refusedAppend(at: Interval, element: string): this {
    return this.#refused('append', { element }, at);
  }

  range(at: Interval, elements: readonly string[]): this {
    return this.#ok('range', null, at, elements);
  }

  finalRange(at: Interval, elements: readonly string[]): this {
    return this.#ok('range', null, at, elements, { isFinal: true });
  }

  #ok<K extends Kind>(kind: K, argument: ArgumentOf<K>, at: Interval, value: ResultOf<K>, more = {}): this {
    return this.#add(kind, argument, at, { type: 'ok', value }, more);
  }

  #unknown<K extends Kind>(kind: K, argument: ArgumentOf<K>, start: number): this {
    return this.#add(kind, argument, [start, Infinity], { type: 'unknown', error: 'OUTCOMEUNKNOWN' });
  }

  #refused<K extends Kind>(kind: K, argument: ArgumentOf<K>, at: Interval): this {
    return this.#add(kind, argument, at, { type: 'refused', error: 'READONLY' });
  }

  #add<K extends Kind>(
    kind: K,
    argument: ArgumentOf<K>,
    [start, end]: Interval,
    outcome: Outcome<ResultOf<K>>,
    more: object = {},
  ): this {
    const client = `client-${this.operations.length}`;
    this.operations.push({
      client,
      key: this.#key,
      kind,
      argument,
      start,
      end,
      outcome,
      ...more,
    } as unknown as Operation);
    return this;
  }
}
