import type { Findings } from './evidence.js';
import type { Operation } from './operation.js';

/** Operations that took the places 1, 2, 3 … one after the other, and others that saw how many were taken. */
export interface Sequence {
  /** Whoever is known to have taken a place. */
  readonly taken: readonly { readonly operation: Operation; readonly place: number }[];
  readonly seen: readonly { readonly operation: Operation; readonly count: number }[];
  /** Those that may have taken a place that nobody else has. */
  readonly open: readonly Operation[];
  /** Those that certainly took none, if what their clients were told is true. */
  readonly refused: readonly Operation[];
}

interface Step {
  readonly operation: Operation;
  /** 2 × place for who took it, 2 × count + 1 for who saw so many. */
  readonly at: number;
}

/**
 * Whether there is an order in time behind the places. As each operation tells its place, this is all that linearizability asks for:
 *
 * 1. no place is taken twice;
 * 2. nothing began after the end of what stands behind it;
 * 3. nor did what one client had sent before, in a pipeline;
 * 4. each place that nobody is known to have taken was taken by an open operation, begun before the end of all behind the place.
 */
export function checkSequence(findings: Findings, sequence: Sequence): void {
  const places = new Map<number, Operation>();
  let last = 0;
  for (const { operation, place } of sequence.taken) {
    const other = places.get(place);
    if (other !== undefined) {
      findings.add(
        'lost',
        `two acknowledged writes were told the same place, ${place}: one was undone`,
        other,
        operation,
      );
    }
    places.set(place, operation);
    last = Math.max(last, place);
  }
  for (const { count } of sequence.seen) last = Math.max(last, count);

  const steps: Step[] = [
    ...sequence.taken.map(({ operation, place }) => ({ operation, at: 2 * place })),
    ...sequence.seen.map(({ operation, count }) => ({ operation, at: 2 * count + 1 })),
  ].sort((a, b) => b.at - a.at);
  checkTime(findings, steps);
  checkPipelines(findings, steps);
  fillGaps(findings, sequence, steps, { places, last });
}

function checkTime(findings: Findings, steps: readonly Step[]): void {
  /** Of all that stand behind the step looked at: the one that ended first. */
  let first: Operation | undefined;
  for (let from = 0; from < steps.length;) {
    const at = steps[from]?.at;
    let to = from;
    while (steps[to]?.at === at) to++;
    for (const { operation } of steps.slice(from, to)) {
      if (first === undefined || first.end >= operation.start) continue;
      const kind = operation.isFinal === true || isWrite(operation) ? 'lost' : 'stale-read';
      const how =
        kind === 'lost' ? 'what was acknowledged before it is gone' : 'it shows less than had been shown before';
      findings.add(kind, `${operation.kind} began after the end of what stands behind it: ${how}`, first, operation);
    }
    for (const { operation } of steps.slice(from, to)) {
      if (first === undefined || operation.end < first.end) first = operation;
    }
    from = to;
  }
}

function checkPipelines(findings: Findings, steps: readonly Step[]): void {
  const last = new Map<string, Step>();
  for (const step of steps.toSorted((a, b) => a.operation.start - b.operation.start)) {
    const { client, end } = step.operation;
    // What had no answer may run later, when its connection is gone.
    if (end === Infinity) continue;
    const before = last.get(client);
    if (before !== undefined && before.at > step.at && before.operation.end >= step.operation.start) {
      const message = `${client} sent one after the other, and they ran the other way round`;
      findings.add('out-of-order', message, before.operation, step.operation);
    }
    last.set(client, step);
  }
}

function isWrite({ kind }: Operation): boolean {
  return kind === 'increment' || kind === 'append' || kind === 'transfer';
}

function fillGaps(
  findings: Findings,
  { open, refused }: Sequence,
  steps: readonly Step[],
  { places, last }: { readonly places: ReadonlyMap<number, Operation>; readonly last: number },
): void {
  const candidates = [...open].sort((a, b) => a.start - b.start);
  const denied = [...refused].sort((a, b) => a.start - b.start);
  const gaps: { readonly place: number; readonly behind: Operation | undefined }[] = [];
  let next = 0;
  let behind: Operation | undefined;
  for (let place = last; place >= 1; place--) {
    for (; (steps[next]?.at ?? 0) >= 2 * place; next++) {
      const operation = steps[next]?.operation;
      if (operation !== undefined && (behind === undefined || operation.end < behind.end)) behind = operation;
    }
    if (!places.has(place)) gaps.push({ place, behind });
  }
  // The time by which a place was taken only grows with the place, so the earliest candidate for each in turn is the best choice.
  for (const { place, behind: seenBy } of gaps.reverse()) {
    const deadline = seenBy?.end ?? Infinity;
    const around = [places.get(place - 1), seenBy].filter((each) => each !== undefined);
    if ((candidates[0]?.start ?? Infinity) <= deadline) {
      candidates.shift();
      continue;
    }
    const [suspect] = denied;
    if (suspect !== undefined && suspect.start <= deadline) {
      denied.shift();
      const message = `place ${place} was taken, and only by one that was told it did not run`;
      findings.add('ran-though-refused', message, ...around, suspect);
    } else {
      findings.add('doubled', `place ${place} was taken, and nobody who could have taken it is left`, ...around);
    }
  }
}
