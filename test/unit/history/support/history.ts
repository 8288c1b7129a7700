import { judge } from '../../../history/judge.js';
import type { Kind, Operation, Outcome, ResultOf, ArgumentOf } from '../../../history/operation.js';
import type { AnomalyKind } from '../../../history/verdict.js';

/** Start and end. */
type Interval = readonly [number, number];

/** From an account with so much to one with so much, so much. */
type Sum = readonly [string, number, string, number, number];

const FINAL = { isFinal: true };

/** The kinds of anomalies in a history. */
export function found({ operations }: History): readonly AnomalyKind[] {
  return [...new Set(judge(operations).anomalies.map(({ kind }) => kind))];
}

function transferOf([from, fromHas, to, toHas, amount]: Sum): ArgumentOf<'transfer'> {
  return { from, to, amount, seen: { from: fromHas, to: toHas } };
}

/** Histories of one key for tests, each operation by a client of its own. */
export class History {
  readonly operations: Operation[] = [];
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  increment(at: Interval, value: number, client?: string): this {
    return this.#ok('increment', null, at, value, client === undefined ? {} : { client });
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
    return this.#ok('count', null, at, value, FINAL);
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

  finalRange(at: Interval, elements: readonly string[], key = this.#key): this {
    return this.#ok('range', null, at, elements, { ...FINAL, key });
  }

  write(at: Interval, value: string): this {
    return this.#ok('write', { value }, at, 'OK');
  }

  unknownWrite(start: number, value: string): this {
    return this.#unknown('write', { value }, start);
  }

  refusedWrite(at: Interval, value: string): this {
    return this.#refused('write', { value }, at);
  }

  read(at: Interval, value: string | null): this {
    return this.#ok('read', null, at, value);
  }

  finalRead(at: Interval, value: string | null): this {
    return this.#ok('read', null, at, value, FINAL);
  }

  swap(at: Interval, value: string, before: string | null): this {
    return this.#ok('swap', { value }, at, before);
  }

  writeIfAbsent(at: Interval, value: string, isSet: boolean): this {
    return this.#ok('write-if-absent', { value }, at, isSet);
  }

  compareAndSwap(at: Interval, expected: string | null, value: string, isSet: boolean): this {
    return this.#ok('compare-and-swap', { expected, value }, at, isSet);
  }

  writeExpiring(at: Interval, value: string, ttlMs: number): this {
    return this.#ok('write-expiring', { value, ttlMs }, at, 'OK');
  }

  unknownWriteExpiring(start: number, value: string, ttlMs: number): this {
    return this.#unknown('write-expiring', { value, ttlMs }, start);
  }

  refusedWriteExpiring(at: Interval, value: string, ttlMs: number): this {
    return this.#refused('write-expiring', { value, ttlMs }, at);
  }

  push(at: Interval, element: string): this {
    return this.#ok('push', { element }, at, 1);
  }

  unknownPush(start: number, element: string): this {
    return this.#unknown('push', { element }, start);
  }

  refusedPush(at: Interval, element: string): this {
    return this.#refused('push', { element }, at);
  }

  pop(at: Interval, element: string | null): this {
    return this.#ok('pop', null, at, element);
  }

  unknownPop(start: number): this {
    return this.#unknown('pop', null, start);
  }

  move(at: Interval, to: string, element: string): this {
    return this.#ok('move', { to }, at, element);
  }

  unknownMove(start: number, to: string): this {
    return this.#unknown('move', { to }, start);
  }

  remaining(at: Interval, elements: readonly string[]): this {
    return this.#ok('remaining', null, at, elements, FINAL);
  }

  transfer(at: Interval, how: Sum, version: number | null): this {
    return this.#ok('transfer', transferOf(how), at, version);
  }

  unknownTransfer(start: number, how: Sum): this {
    return this.#unknown('transfer', transferOf(how), start);
  }

  refusedTransfer(at: Interval, how: Sum): this {
    return this.#refused('transfer', transferOf(how), at);
  }

  balances(at: Interval, version: number, accounts: Readonly<Record<string, number>>): this {
    return this.#ok('balances', null, at, { version, accounts });
  }

  finalBalances(at: Interval, version: number, accounts: Readonly<Record<string, number>>): this {
    return this.#ok('balances', null, at, { version, accounts }, FINAL);
  }

  publish(at: Interval, message: string): this {
    return this.#ok('publish', { message }, at, 1);
  }

  unknownPublish(start: number, message: string): this {
    return this.#unknown('publish', { message }, start);
  }

  refusedPublish(at: Interval, message: string): this {
    return this.#refused('publish', { message }, at);
  }

  subscribe(client: string, at: Interval): this {
    return this.#ok('subscribe', null, at, 'OK', { client });
  }

  receive(client: string, at: number, message: string): this {
    return this.#ok('receive', { message }, [at, at], 'OK', { client });
  }

  unsubscribe(client: string, at: Interval, lost = false): this {
    return this.#ok('unsubscribe', { lost }, at, 'OK', { client });
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
