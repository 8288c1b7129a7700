import type { ArgumentOf } from '../../../history/operation.js';
import type { SeededRandom } from '../../resp/seeded-random.js';
import { fraction, type AtomicObject, type Request } from './atomic.js';

/** Whichever of these, with what it says. */
function oneOf(dice: SeededRandom, ...requests: readonly [Request, ...Request[]]): Request {
  return dice.pick(requests);
}

export class AtomicCounter implements AtomicObject {
  #value = 0;

  request(dice: SeededRandom): Request {
    return oneOf(dice, { kind: 'increment', argument: null }, { kind: 'count', argument: null });
  }

  run({ kind }: Request): number {
    if (kind === 'increment') this.#value++;
    return this.#value;
  }

  last(): Request {
    return { kind: 'count', argument: null };
  }
}

export class AtomicList implements AtomicObject {
  readonly #elements: string[] = [];

  request(dice: SeededRandom, number: number): Request {
    return oneOf(dice, { kind: 'append', argument: { element: `e${number}` } }, this.last());
  }

  run({ kind, argument }: Request): unknown {
    if (kind === 'range') return [...this.#elements];
    this.#elements.push((argument as ArgumentOf<'append'>).element);
    return this.#elements.length;
  }

  last(): Request {
    return { kind: 'range', argument: null };
  }
}

export class AtomicQueue implements AtomicObject {
  readonly #elements: string[] = [];

  request(dice: SeededRandom, number: number): Request {
    return oneOf(dice, { kind: 'push', argument: { element: `e${number}` } }, { kind: 'pop', argument: null });
  }

  run({ kind, argument }: Request): unknown {
    if (kind === 'remaining') return [...this.#elements];
    if (kind === 'pop') return this.#elements.shift() ?? null;
    this.#elements.push((argument as ArgumentOf<'push'>).element);
    return this.#elements.length;
  }

  last(): Request {
    return { kind: 'remaining', argument: null };
  }
}

/** GET and SET only, or all that can be done with a value. */
export class AtomicRegister implements AtomicObject {
  readonly #isPlain: boolean;
  #value: string | null = null;

  constructor(kinds: 'plain' | 'all') {
    this.#isPlain = kinds === 'plain';
  }

  request(dice: SeededRandom, number: number): Request {
    const value = `v${number}`;
    const plain = [this.last(), { kind: 'write', argument: { value } }] as const;
    if (this.#isPlain) return oneOf(dice, ...plain);
    const expected = fraction(dice) < 0.2 ? null : `v${dice.below(number + 1)}`;
    return oneOf(
      dice,
      ...plain,
      { kind: 'swap', argument: { value } },
      { kind: 'write-if-absent', argument: { value } },
      { kind: 'compare-and-swap', argument: { expected: fraction(dice) < 0.7 ? this.#value : expected, value } },
    );
  }

  run({ kind, argument }: Request): unknown {
    const before = this.#value;
    if (kind === 'read') return before;
    const { value, expected = before } = argument as { readonly value: string; readonly expected?: string | null };
    if (kind === 'write-if-absent' && before !== null) return false;
    if (expected !== before) return false;
    this.#value = value;
    if (kind === 'swap') return before;
    return kind === 'write' ? 'OK' : true;
  }

  last(): Request {
    return { kind: 'read', argument: null };
  }
}
