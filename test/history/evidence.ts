import type { Operation } from './operation.js';
import type { Anomaly, AnomalyKind } from './verdict.js';

/** One defect may show in thousands of places; so many of each kind and key are enough to see it. */
const PER_KIND = 5;

/** Gathers what is wrong with one key. */
export class Findings {
  readonly #key: string;
  readonly #found = new Map<AnomalyKind, Anomaly[]>();

  constructor(key: string) {
    this.#key = key;
  }

  add(kind: AnomalyKind, message: string, ...evidence: readonly Operation[]): void {
    const known = this.#found.get(kind) ?? [];
    this.#found.set(kind, known);
    if (known.length < PER_KIND) known.push({ kind, key: this.#key, message, evidence: [...new Set(evidence)] });
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  all(): readonly Anomaly[] {
    return [...this.#found.values()].flat();
  }
}

/** The operations of these kinds. */
export function ofKind<K extends Operation['kind']>(
  operations: readonly Operation[],
  ...kinds: readonly K[]
): readonly Extract<Operation, { kind: K }>[] {
  return operations.filter((operation): operation is Extract<Operation, { kind: K }> =>
    (kinds as readonly string[]).includes(operation.kind),
  );
}

/** Whether it may have run without anybody having been told. */
export function isOpen(operation: Operation): boolean {
  return operation.outcome.type === 'unknown' || operation.outcome.type === 'unclean';
}
