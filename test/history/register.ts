import { Findings, isOpen, ofKind } from './evidence.js';
import type { Operation } from './operation.js';
import { findOrder } from './search/find-order.js';
import { REGISTER } from './search/models.js';
import type { Anomaly } from './verdict.js';

/**
 * A value that stood on the key, and all that shows it. Of any order in which the values stood there, each has one span of its own:
 * from its write to the last that shows it. What is known of the span:
 */
interface Cluster {
  readonly value: string | null;
  /** `undefined`: it stood there from the beginning. */
  readonly write: Operation | undefined;
  /** The first end of all: by then the value stood there. */
  firstEnd: number;
  firstEnded: Operation | undefined;
  /** The last start of all: it stood there still, or not yet. */
  lastStart: number;
  lastStarted: Operation | undefined;
}

const WRITES = ['write', 'write-if-absent', 'swap', 'compare-and-swap'] as const;

/**
 * A register whose values are unique is linearizable when no two of its values had to stand there at the same time (Gibbons and Korach,
 * "Testing Shared Memories", 1997):
 *
 * 1. each value that was seen was written, and not later than it was seen;
 * 2. a value that certainly stood there from `firstEnd` to `lastStart` had no other one between that had to as well;
 * 3. nor one of which everything happened between the two.
 *
 * That is enough for reads and writes. What writes and tells the former value at once (SET NX, GETSET, EXEC under WATCH) has to meet
 * it too, and is then put in order by the search.
 */
export function checkRegister(key: string, operations: readonly Operation[]): readonly Anomaly[] {
  const findings = new Findings(key);
  const seen = valuesSeen(operations);
  const writes = ofKind(operations, ...WRITES);
  const clusters = new Map<string | null, Cluster>([[null, cluster(null, undefined)]]);
  for (const write of writes) {
    if (mayHaveRun(write, seen)) clusters.set(write.argument.value, cluster(write.argument.value, write));
  }
  for (const write of writes) if (didNotRun(write)) checkDenied(findings, write, seen);
  const denials = new Set<string | null>(writes.filter(didNotRun).map(({ argument }) => argument.value));
  for (const [value, operation] of seenBy(operations)) {
    const of = clusters.get(value);
    if (of === undefined && !denials.has(value))
      findings.add('wrong-reply', `${String(value)} was read, and nobody wrote it`, operation);
    else if (of !== undefined) take(findings, of, operation);
  }
  checkReplaced(findings, operations);
  checkSpans(findings, [...clusters.values()]);
  if (findings.isEmpty && writes.some(({ kind }) => kind !== 'write')) searchOrder(findings, operations, seen);
  return findings.all();
}

function cluster(value: string | null, write: Operation | undefined): Cluster {
  return {
    value,
    write,
    firstEnd: write?.end ?? -Infinity,
    firstEnded: write,
    lastStart: write?.start ?? -Infinity,
    lastStarted: write,
  };
}

function take(findings: Findings, cluster: Cluster, operation: Operation): void {
  if (cluster.write !== undefined && operation.end < cluster.write.start) {
    findings.add('wrong-reply', `${String(cluster.value)} was read before it was written`, operation, cluster.write);
    return;
  }
  if (operation.end < cluster.firstEnd) Object.assign(cluster, { firstEnd: operation.end, firstEnded: operation });
  if (operation.start > cluster.lastStart)
    Object.assign(cluster, { lastStart: operation.start, lastStarted: operation });
}

/** Which values were shown, and by what. A conditional write that took place shows what it had to find. */
function* seenBy(operations: readonly Operation[]): Generator<readonly [string | null, Operation]> {
  for (const operation of operations) {
    const { kind, outcome } = operation;
    if (outcome.type !== 'ok') continue;
    if (kind === 'read' || kind === 'swap') yield [outcome.value, operation];
    if (kind === 'write-if-absent' && outcome.value) yield [null, operation];
    if (kind === 'compare-and-swap' && outcome.value) yield [operation.argument.expected, operation];
  }
}

function valuesSeen(operations: readonly Operation[]): ReadonlySet<string | null> {
  return new Set([...seenBy(operations)].map(([value]) => value));
}

type Write = Operation<(typeof WRITES)[number]>;

function didNotRun({ kind, outcome }: Write): boolean {
  const isConditional = kind === 'write-if-absent' || kind === 'compare-and-swap';
  return outcome.type === 'refused' || (isConditional && outcome.type === 'ok' && !outcome.value);
}

/** An open write that nobody saw is one that did not take place, as far as anybody can tell. */
function mayHaveRun(write: Write, seen: ReadonlySet<string | null>): boolean {
  return !didNotRun(write) && (!isOpen(write) || seen.has(write.argument.value));
}

function checkDenied(findings: Findings, write: Write, seen: ReadonlySet<string | null>): void {
  if (seen.has(write.argument.value)) {
    findings.add('ran-though-refused', `${write.argument.value} was not written, said the answer, and was read`, write);
  }
}

/** A value is replaced once; two that both say they did it have not seen each other. */
function checkReplaced(findings: Findings, operations: readonly Operation[]): void {
  const replacedBy = new Map<string | null, Operation>();
  for (const [value, operation] of seenBy(operations)) {
    if (operation.kind === 'read') continue;
    const other = replacedBy.get(value);
    if (other !== undefined) {
      findings.add(
        'broken-transaction',
        `${String(value)} was replaced twice, each time as if by nobody else`,
        other,
        operation,
      );
    }
    replacedBy.set(value, operation);
  }
}

function checkSpans(findings: Findings, clusters: readonly Cluster[]): void {
  const spans = clusters.filter(({ firstEnd, lastStart }) => firstEnd < lastStart);
  spans.sort((a, b) => a.firstEnd - b.firstEnd);
  /** The span that lasts longest, of each span and all before it. */
  const longest: Cluster[] = [];
  let last: Cluster | undefined;
  for (const span of spans) {
    if (last !== undefined && span.firstEnd < last.lastStart) reportCrossed(findings, last, span);
    if (last === undefined || span.lastStart > last.lastStart) last = span;
    longest.push(last);
  }
  for (const inner of clusters) {
    if (inner.firstEnd < inner.lastStart || inner.write === undefined) continue;
    // Of the spans that began before all of this: does one go on after all of it?
    const before = countBefore(spans, inner.lastStart);
    const outer = longest[before - 1];
    if (outer !== undefined && outer.lastStart > inner.firstEnd) reportStale(findings, { older: outer, newer: inner });
  }
}

/** So many of the spans certainly stood before that time. */
function countBefore(spans: readonly Cluster[], time: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.firstEnd ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both values were there before and after the other: the one written first has been shown again after the other. */
function reportCrossed(findings: Findings, a: Cluster, b: Cluster): void {
  const isWritten = a.lastStarted !== undefined && a.lastStarted === a.write;
  const isLater = (b.write?.end ?? -Infinity) < (a.write?.start ?? -Infinity);
  reportStale(findings, isWritten || isLater ? { older: b, newer: a } : { older: a, newer: b });
}

function reportStale(findings: Findings, { older, newer }: { readonly older: Cluster; readonly newer: Cluster }): void {
  const again = older.lastStarted;
  const evidence = [older.write, newer.write, newer.firstEnded, again].filter((each) => each !== undefined);
  const what = `${String(older.value)} was shown again after ${String(newer.value)}`;
  if (again?.isFinal === true) findings.add('lost', `${what}, at the end`, ...evidence);
  else findings.add('stale-read', what, ...evidence);
}

function searchOrder(findings: Findings, operations: readonly Operation[], seen: ReadonlySet<string | null>): void {
  // Whose value nobody saw may have been met all the same: by a SET NX that found the key in use, or under WATCH.
  const isMet = operations.some(
    ({ kind, outcome }) => kind === 'write-if-absent' && outcome.type === 'ok' && !outcome.value,
  );
  const met = new Set(ofKind(operations, 'compare-and-swap').map(({ argument }) => argument.expected));
  const relevant = operations.filter((operation) => {
    if (isMet || operation.kind === 'read' || !isOpen(operation)) return true;
    const { value } = (operation as Write).argument;
    return seen.has(value) || met.has(value);
  });
  const search = findOrder(relevant, REGISTER);
  if (search.type === 'not-linearizable') {
    findings.add('not-linearizable', 'no order explains the answers', ...search.done, ...search.stuck);
  } else if (search.type === 'too-hard') {
    findings.add('too-hard', `no order was found in ${search.steps} steps`);
  }
}
