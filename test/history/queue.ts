import { Findings, isOpen, ofKind } from './evidence.js';
import type { Operation } from './operation.js';
import type { Anomaly } from './verdict.js';

type Push = Operation<'push'>;
type Pop = Operation<'pop' | 'move'>;

/** What became of one element. */
interface Element {
  readonly name: string;
  readonly push: Push;
  /** Who took it, or read it as one that remains. */
  takenBy: Operation | undefined;
  /** From then on it may have been gone. `Infinity`: it never was. */
  goneFrom: number;
  /** By then it was certainly gone. */
  goneBy: number;
}

/**
 * A queue from which each element is taken once, in the order in which they came. With unique elements this is so when (Henzinger, Sezgin,
 * Vafeiadis, "Aspect-Oriented Linearizability Proofs", 2013):
 *
 * 1. what was taken was pushed, and not later;
 * 2. nothing was taken twice;
 * 3. nothing overtook what had come before it;
 * 4. nobody was told that the queue is empty while all the time something was certainly in it.
 *
 * And with a last reading of what remains: what was acknowledged and is not there was taken by somebody who may have
 * had no answer. Where elements were moved to another list, that list tells which ones.
 *
 * @param moved the readings of the lists to which elements were moved.
 */
export function checkQueue(
  key: string,
  operations: readonly Operation[],
  moved: readonly Operation[],
): readonly Anomaly[] {
  const findings = new Findings(key);
  const pops = ofKind(operations, 'pop', 'move').filter(({ outcome }) => outcome.type !== 'refused');
  const elements = gather(ofKind(operations, 'push'));
  for (const pop of pops)
    if (pop.outcome.type === 'ok' && pop.outcome.value !== null) takeOne(findings, elements, pop, pop.outcome.value);

  const open = pops.filter(isOpen).sort((a, b) => a.start - b.start);
  const readings = readingsByKey(moved);
  for (const [to, [first, ...others]] of readings) {
    if (first === undefined) continue;
    const movers = open.filter((pop) => pop.kind === 'move' && pop.argument.to === to);
    takeMoved(findings, elements, { reading: first, movers });
    for (const other of others) compare(findings, first, other);
  }
  const [end, ...others] = ofKind(operations, 'remaining').filter(({ isFinal }) => isFinal === true);
  if (end !== undefined) takeRemaining(findings, elements, end);
  for (const other of others) if (end !== undefined) compare(findings, end, other);
  const there = [...elements.values()].filter(
    ({ push, takenBy }) => push.outcome.type === 'ok' || takenBy !== undefined,
  );
  const unseen = open.filter((pop) => pop.kind === 'pop' || !readings.has(pop.argument.to));
  if (end !== undefined) explainMissing(findings, there, { open: unseen, end });

  checkOrder(findings, there);
  const empties = pops.filter(({ outcome }) => outcome.type === 'ok' && outcome.value === null);
  checkEmpties(findings, there, empties);
  return findings.all();
}

function gather(pushes: readonly Push[]): Map<string, Element> {
  const elements = new Map<string, Element>();
  for (const push of pushes) {
    const name = push.argument.element;
    if (elements.has(name)) throw new Error(`${name} was pushed twice: elements have to be unique`);
    elements.set(name, { name, push, takenBy: undefined, goneFrom: Infinity, goneBy: Infinity });
  }
  return elements;
}

function known(
  findings: Findings,
  elements: ReadonlyMap<string, Element>,
  name: string,
  by: Operation,
): Element | undefined {
  const element = elements.get(name);
  if (element === undefined) {
    findings.add('wrong-reply', `${name} came out of the queue, and nobody pushed it`, by);
  } else if (element.push.outcome.type === 'refused') {
    findings.add('ran-though-refused', `${name} came out of the queue`, element.push, by);
  } else if (by.end < element.push.start) {
    findings.add('wrong-reply', `${name} came out of the queue before it was pushed`, by, element.push);
  } else {
    return element;
  }
  return undefined;
}

function takeOne(findings: Findings, elements: ReadonlyMap<string, Element>, pop: Pop, name: string): void {
  const element = known(findings, elements, name, pop);
  if (element === undefined) return;
  if (element.takenBy !== undefined) {
    findings.add('doubled', `${name} was taken twice`, element.push, element.takenBy, pop);
    return;
  }
  Object.assign(element, { takenBy: pop, goneFrom: pop.start, goneBy: pop.end });
}

type Reading = Operation<'range' | 'remaining'>;

function readingsByKey(moved: readonly Operation[]): ReadonlyMap<string, readonly Operation<'range'>[]> {
  const finals = ofKind(moved, 'range').filter(({ isFinal }) => isFinal === true);
  return new Map(finals.map(({ key }) => [key, finals.filter((reading) => reading.key === key)]));
}

function listOf({ outcome }: Reading): readonly string[] {
  return outcome.type === 'ok' ? outcome.value : [];
}

/** Two servers that say different things at the end. */
function compare(findings: Findings, first: Reading, other: Reading): void {
  const [mine, theirs] = [new Set(listOf(first)), new Set(listOf(other))];
  const missing = [...mine].filter((name) => !theirs.has(name));
  const extra = [...theirs].filter((name) => !mine.has(name));
  if (missing.length > 0) findings.add('lost', `${missing.slice(0, 3).join()} is missing there`, first, other);
  if (extra.length > 0)
    findings.add('wrong-reply', `${extra.slice(0, 3).join()} is there and not elsewhere`, first, other);
}

function takeMoved(
  findings: Findings,
  elements: ReadonlyMap<string, Element>,
  { reading, movers }: { readonly reading: Operation<'range'>; readonly movers: readonly Pop[] },
): void {
  let found = 0;
  const seen = new Set<string>();
  for (const name of listOf(reading)) {
    const element = known(findings, elements, name, reading);
    if (element === undefined) continue;
    if (seen.has(name)) findings.add('doubled', `${name} was moved twice`, element.push, reading);
    seen.add(name);
    if (element.takenBy !== undefined) continue;
    const mover = movers[found++];
    if (mover === undefined) {
      findings.add('doubled', `${name} was moved, and nobody is left who could have`, element.push, reading);
    }
    Object.assign(element, { takenBy: mover ?? reading, goneFrom: mover?.start ?? reading.start, goneBy: reading.end });
  }
  for (const { name, takenBy } of elements.values()) {
    const isMove = takenBy?.kind === 'move' && takenBy.argument.to === reading.key && takenBy.end < reading.start;
    if (isMove && !seen.has(name)) findings.add('lost', `${name} was moved, and has not arrived`, takenBy, reading);
  }
}

function takeRemaining(
  findings: Findings,
  elements: ReadonlyMap<string, Element>,
  reading: Operation<'remaining'>,
): void {
  /** Of those that stand before the one looked at: the one pushed last. */
  let before: Element | undefined;
  const seen = new Set<string>();
  for (const name of listOf(reading)) {
    const element = known(findings, elements, name, reading);
    if (element === undefined) continue;
    if (seen.has(name)) findings.add('doubled', `${name} remains more than once`, element.push, reading);
    seen.add(name);
    const { takenBy } = element;
    if (takenBy !== undefined && takenBy.kind !== 'remaining') {
      findings.add('doubled', `${name} was taken, and remains`, element.push, takenBy, reading);
    }
    if (before !== undefined && element.push.end < before.push.start) {
      findings.add(
        'out-of-order',
        `${name} was pushed before ${before.name}, and stands behind it`,
        element.push,
        before.push,
        reading,
      );
    }
    if (before === undefined || element.push.start > before.push.start) before = element;
    element.takenBy ??= reading;
  }
}

/** Each acknowledged element that is nowhere was taken by an open pop, in time for all that came after it and is known to be gone. */
function explainMissing(
  findings: Findings,
  elements: readonly Element[],
  { open, end }: { readonly open: readonly Pop[]; readonly end: Operation },
): void {
  const byPush = elements.toSorted((a, b) => a.push.start - b.push.start);
  /** The first time by which something of these or behind them was gone. */
  const goneBehind: number[] = [];
  let first = Infinity;
  for (const element of byPush.toReversed()) {
    first = Math.min(first, element.goneBy);
    goneBehind.unshift(first);
  }
  const missing = elements
    .filter(({ takenBy }) => takenBy === undefined)
    .map((element) => ({ element, deadline: goneBehind[firstAfter(byPush, element.push.end)] ?? Infinity }))
    .sort((a, b) => a.deadline - b.deadline);
  const candidates = [...open];
  for (const { element, deadline } of missing) {
    const taker = candidates[0];
    if (taker === undefined || taker.start > deadline) {
      findings.add(
        'lost',
        `${element.name} was acknowledged, nobody took it, and it does not remain`,
        element.push,
        end,
      );
    } else {
      candidates.shift();
    }
    element.goneFrom = Math.min(taker?.start ?? -Infinity, open[0]?.start ?? -Infinity);
    element.goneBy = end.end;
  }
}

/** The first in the order of starts that began after that time. */
function firstAfter(byPush: readonly Element[], time: number): number {
  let [low, high] = [0, byPush.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((byPush[middle]?.push.start ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function checkOrder(findings: Findings, elements: readonly Element[]): void {
  const byEnd = elements.toSorted((a, b) => a.push.end - b.push.end);
  let next = 0;
  /** Of all whose push had ended before the one looked at began: the one that stayed longest. */
  let longest: Element | undefined;
  for (const element of elements.toSorted((a, b) => a.push.start - b.push.start)) {
    for (let each = byEnd[next]; each !== undefined && each.push.end < element.push.start; each = byEnd[++next]) {
      if (longest === undefined || each.goneFrom > longest.goneFrom) longest = each;
    }
    if (longest === undefined || element.goneBy >= longest.goneFrom) continue;
    const evidence = [longest.push, element.push, element.takenBy, longest.takenBy].filter(
      (each) => each !== undefined,
    );
    findings.add('out-of-order', `${element.name} was taken before ${longest.name}, which had come first`, ...evidence);
  }
}

function checkEmpties(findings: Findings, elements: readonly Element[], empties: readonly Pop[]): void {
  const stays = elements
    .map((element) => ({ from: element.push.end, to: element.goneFrom, element }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  for (const pop of empties) {
    /** All until here there was something in the queue. */
    let until = pop.start;
    let witness: Element | undefined;
    for (const { from, to, element } of stays) {
      if (from >= until) break;
      if (to <= until) continue;
      until = to;
      witness = element;
    }
    if (witness === undefined || until <= pop.end) continue;
    const evidence = [witness.push, pop, witness.takenBy].filter((each) => each !== undefined);
    findings.add('stale-read', `the queue was said to be empty while ${witness.name} was in it`, ...evidence);
  }
}
