import { Findings, isOpen, ofKind } from './evidence.js';
import type { Operation } from './operation.js';
import { checkSequence } from './sequence.js';
import type { Anomaly } from './verdict.js';

/** A counter: each INCR ran exactly once, and its answer is the place at which it ran. */
export function checkCounter(key: string, operations: readonly Operation[]): readonly Anomaly[] {
  const findings = new Findings(key);
  const increments = ofKind(operations, 'increment');
  const taken = increments.flatMap((operation) =>
    operation.outcome.type === 'ok' ? [{ operation, place: operation.outcome.value }] : [],
  );
  const seen = ofKind(operations, 'count').flatMap((operation) =>
    operation.outcome.type === 'ok' ? [{ operation, count: operation.outcome.value }] : [],
  );
  /** More than was ever sent is no count of it; it also bounds the work below. */
  const most = increments.length * 2 + 1;
  const isCount = (value: number, least: number): boolean => Number.isInteger(value) && value >= least && value <= most;
  for (const { operation, place } of taken) {
    if (!isCount(place, 1))
      findings.add('wrong-reply', `${place} is no count of ${increments.length} INCRs`, operation);
  }
  for (const { operation, count } of seen) {
    if (!isCount(count, 0))
      findings.add('wrong-reply', `${count} is no count of ${increments.length} INCRs`, operation);
  }
  checkSequence(findings, {
    taken: taken.filter(({ place }) => isCount(place, 1)),
    seen: seen.filter(({ count }) => isCount(count, 0)),
    open: increments.filter(isOpen),
    refused: increments.filter(({ outcome }) => outcome.type === 'refused'),
  });
  return findings.all();
}
