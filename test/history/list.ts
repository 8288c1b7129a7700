import { Findings, isOpen, ofKind } from './evidence.js';
import type { Operation } from './operation.js';
import { checkSequence } from './sequence.js';
import type { Anomaly } from './verdict.js';

type Append = Operation<'append'>;
interface Reading {
  readonly operation: Operation<'range'>;
  readonly elements: readonly string[];
}

/** A list that only grows: each element stands in it once, at the place that its RPUSH was told, and every LRANGE is a beginning of it. */
export function checkList(key: string, operations: readonly Operation[]): readonly Anomaly[] {
  const findings = new Findings(key);
  const appends = ofKind(operations, 'append');
  const byElement = new Map(appends.map((append) => [append.argument.element, append]));
  const readings = ofKind(operations, 'range').flatMap((operation) =>
    operation.outcome.type === 'ok' ? [{ operation, elements: operation.outcome.value }] : [],
  );
  const whole = wholeList(readings);
  if (whole !== undefined) checkElements(findings, byElement, whole);
  for (const reading of readings) if (whole !== undefined) checkPrefix(findings, byElement, reading, whole);

  const stands = new Map(whole?.elements.map((element, index) => [element, index + 1]));
  const taken = appends.flatMap((operation) => {
    const told = operation.outcome.type === 'ok' ? operation.outcome.value : undefined;
    const place = stands.get(operation.argument.element) ?? told;
    if (whole !== undefined && told !== undefined) checkPlace(findings, operation, { told, place, whole });
    return place === undefined ? [] : [{ operation, place }];
  });
  checkSequence(findings, {
    taken,
    seen: readings.map(({ operation, elements }) => ({ operation, count: elements.length })),
    open: appends.filter((append) => isOpen(append) && !stands.has(append.argument.element)),
    refused: appends.filter(({ outcome }) => outcome.type === 'refused'),
  });
  return findings.all();
}

/** What all others are compared with: the last one that was read at the end, or else the longest. */
function wholeList(readings: readonly Reading[]): Reading | undefined {
  const ofAll = readings.filter(({ operation }) => operation.isFinal === true);
  const candidates = ofAll.length > 0 ? ofAll : readings;
  return candidates.toSorted((a, b) => b.elements.length - a.elements.length)[0];
}

function checkElements(findings: Findings, byElement: ReadonlyMap<string, Append>, whole: Reading): void {
  const seen = new Set<string>();
  for (const element of whole.elements) {
    const append = byElement.get(element);
    if (append === undefined) {
      findings.add('wrong-reply', `${element} stands in the list, and nobody wrote it`, whole.operation);
    } else if (seen.has(element)) {
      findings.add('doubled', `${element} stands in the list more than once`, append, whole.operation);
    } else if (append.outcome.type === 'refused') {
      findings.add('ran-though-refused', `${element} stands in the list`, append, whole.operation);
    }
    seen.add(element);
  }
}

function checkPrefix(
  findings: Findings,
  byElement: ReadonlyMap<string, Append>,
  { operation, elements }: Reading,
  whole: Reading,
): void {
  if (operation === whole.operation) return;
  const differs = elements.findIndex((element, index) => element !== whole.elements[index]);
  if (differs < 0) return;
  const element = elements[differs] ?? '';
  const append = byElement.get(element);
  const evidence = [...(append === undefined ? [] : [append]), operation, whole.operation];
  if (append === undefined) {
    findings.add('wrong-reply', `${element} was read, and nobody wrote it`, ...evidence);
  } else if (elements.indexOf(element) < differs) {
    findings.add('doubled', `${element} was read twice in one list`, ...evidence);
  } else if (whole.elements.includes(element)) {
    findings.add('out-of-order', `${element} was read at place ${differs + 1}, and stands elsewhere`, ...evidence);
  } else {
    findings.add('lost', `${element} was read at place ${differs + 1}, and is gone`, ...evidence);
  }
}

function checkPlace(
  findings: Findings,
  append: Append,
  found: { readonly told: number; readonly place: number | undefined; readonly whole: Reading },
): void {
  const { told, place, whole } = found;
  const { element } = append.argument;
  if (!whole.elements.includes(element)) {
    // What began before the answer came need not show it.
    if (whole.operation.start <= append.end && told > whole.elements.length) return;
    findings.add('lost', `${element} was acknowledged, and is not in the list`, append, whole.operation);
  } else if (place !== told) {
    findings.add('out-of-order', `${element} was told place ${told}, and stands at ${place}`, append, whole.operation);
  }
}
