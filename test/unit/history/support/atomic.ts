import type { SeededRandom } from '../../resp/seeded-random.js';
import type { ArgumentOf, Kind, Operation } from '../../../history/operation.js';
import type { Model } from '../../../history/search/model.js';

/** From 0 to below 1. */
export function fraction(random: SeededRandom): number {
  return random.below(1e9) / 1e9;
}

export interface Request {
  readonly kind: Kind;
  readonly argument: ArgumentOf<Kind>;
}

/** An object that does one thing after the other, and says what it would answer. */
export interface AtomicObject {
  /** The `number`th request that anybody makes of it. */
  request(dice: SeededRandom, number: number): Request;
  run(request: Request): unknown;
  /** What everybody sees when all is over. */
  last(): Request;
}

interface Run {
  readonly clients: number;
  readonly requests: number;
  /** Of 1: how many get no answer, and how many are refused. */
  readonly unknown: number;
  readonly refused: number;
}

interface Planned {
  readonly client: number;
  readonly request: Request;
  readonly start: number;
  /** When it runs; `Infinity`: never. */
  readonly runs: number;
  readonly end: number;
  readonly type: 'ok' | 'refused' | 'unknown';
}

/** A history that an atomic object really had: each request ran at one moment between its start and its end, or later when there was no answer. */
export function realHistory(dice: SeededRandom, object: AtomicObject, run: Run): Operation[] {
  const planned: Planned[] = [];
  const free = Array.from({ length: run.clients }, () => fraction(dice));
  for (let number = 0; number < run.requests; number++) {
    const client = dice.below(run.clients);
    const start = (free[client] ?? 0) + fraction(dice);
    const end = start + fraction(dice) * 4;
    const chance = fraction(dice);
    const type = chance < run.unknown ? 'unknown' : chance < run.unknown + run.refused ? 'refused' : 'ok';
    const runs = {
      ok: start + fraction(dice) * (end - start),
      refused: Infinity,
      unknown: start + fraction(dice) * 30,
    }[type];
    free[client] = end;
    planned.push({ client, request: object.request(dice, number), start, runs, end, type });
  }
  const answers = new Map<Planned, unknown>();
  for (const each of planned.toSorted((a, b) => a.runs - b.runs)) {
    // Half of those without an answer never arrived.
    if (each.type === 'refused' || (each.type === 'unknown' && fraction(dice) < 0.5)) continue;
    answers.set(each, object.run(each.request));
  }
  const operations = planned.map((each) => operationOf(each, answers.get(each)));
  const final = object.last();
  const at = 1e6;
  const last: Planned = { client: -1, request: final, start: at, runs: at, end: at + 1, type: 'ok' };
  return [...operations, { ...operationOf(last, object.run(final)), isFinal: true as const }];
}

function operationOf({ client, request, start, end, type }: Planned, value: unknown): Operation {
  const outcome = type === 'ok' ? { type, value } : { type, error: 'told by the test' };
  return {
    client: `client-${client}`,
    key: 'k',
    ...request,
    start,
    end: type === 'unknown' ? Infinity : end,
    outcome,
  } as unknown as Operation;
}

/** Whether any order at all explains a history: tries every one. For some eight operations. */
export function anyOrderFits(operations: readonly Operation[], model: Model): boolean {
  const relevant = operations.filter(({ outcome }) => outcome.type !== 'refused');
  const attempt = (left: readonly Operation[], state: string): boolean => {
    if (left.every(({ outcome }) => outcome.type === 'unknown')) return true;
    const firstEnd = Math.min(...left.map(({ end }) => end));
    return left.some((operation) => {
      if (operation.start > firstEnd) return false;
      const after = model.apply(state, operation);
      return (
        after !== undefined &&
        attempt(
          left.filter((each) => each !== operation),
          after,
        )
      );
    });
  };
  return attempt(relevant, model.initial);
}
