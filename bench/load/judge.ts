import { ELEMENT, type ClientHistory } from './client-history.js';
import { addFindings, NO_FINDINGS, type Findings } from './findings.js';
import type { ValueMark } from './frames.js';

/** What the master holds of one client after the run, read from it directly. */
export interface FinalState {
  readonly counter: number;
  readonly list: readonly number[];
  /** By key; null where the key is missing or its value has no mark. */
  readonly values: readonly (ValueMark | null)[];
}

/** Compares what one client was told with what is there in the end. Pure, so that it can be shown to notice each fault. */
export function judge(history: ClientHistory, state: FinalState): Findings {
  return [
    judgeCounter(history, state.counter),
    judgeList(history, state.list),
    judgeValues(history, state.values),
  ].reduce(addFindings, { ...NO_FINDINGS, ...history.findings() });
}

function judgeCounter({ counter }: ClientHistory, value: number): Findings {
  const possible = counter.acknowledged + counter.unknown;
  const above = Math.max(0, value - possible);
  // Counters have no names on their increments: what is too much is blamed on refused ones first.
  const ranThoughRefused = Math.min(above, counter.refused);
  return {
    ...NO_FINDINGS,
    lost: Math.max(0, counter.acknowledged - value),
    doubled: above - ranThoughRefused,
    ranThoughRefused,
  };
}

function judgeList(history: ClientHistory, list: readonly number[]): Findings {
  const seen = new Uint8Array(history.lastElement + 1);
  let [lost, doubled, outOfOrder, crossed, ranThoughRefused] = [0, 0, 0, 0, 0];
  let highest = 0;
  for (const element of list) {
    if (!(element >= 1 && element <= history.lastElement)) {
      crossed += 1;
      continue;
    }
    if (seen[element] === 1) {
      doubled += 1;
      continue;
    }
    seen[element] = 1;
    if (element < highest) outOfOrder += 1;
    else highest = element;
    if (history.elements[element] === ELEMENT.error) ranThoughRefused += 1;
  }
  for (let element = 1; element <= history.lastElement; element++) {
    if (history.elements[element] === ELEMENT.ok && seen[element] !== 1) lost += 1;
  }
  return { ...NO_FINDINGS, lost, doubled, outOfOrder, crossed, ranThoughRefused };
}

function judgeValues(history: ClientHistory, values: readonly (ValueMark | null)[]): Findings {
  let [lost, crossed, ranThoughRefused] = [0, 0, 0];
  for (const [key, { sent, acknowledged }] of history.keys.entries()) {
    const mark = values[key] ?? null;
    if (mark === null) {
      if (acknowledged > 0) lost += 1;
    } else if (mark.client !== history.client || mark.key !== key || mark.sequence > sent) {
      crossed += 1;
    } else {
      if (mark.sequence < acknowledged) lost += 1;
      if (history.refusedSets.has(mark.sequence)) ranThoughRefused += 1;
    }
  }
  return { ...NO_FINDINGS, lost, crossed, ranThoughRefused };
}
