import { isOpen } from '../evidence.js';
import type { Operation } from '../operation.js';
import type { Model } from './model.js';
import { Timeline, type Entry } from './timeline.js';

export type Search =
  | { readonly type: 'linearizable' }
  /** No order fits. The longest that did ends in `done`, and none of `stuck` could come next. */
  | { readonly type: 'not-linearizable'; readonly done: readonly Operation[]; readonly stuck: readonly Operation[] }
  | { readonly type: 'too-hard'; readonly steps: number };

/** One key of a load that is judged takes some thousands; beyond this it would take minutes and gigabytes. */
const MOST_STEPS = 1_000_000;

/** So many operations of a failed search are shown. */
const SHOWN = 4;

/**
 * Looks for an order of the operations of one key that a model of it would answer in the same way, and in which nothing
 * comes before what had ended when it began. This is the search of Wing and Gong with Lowe's memory of what was tried:
 *
 * 1. Of those that come next, the ones begun before the first end that is still ahead, take the first that fits.
 * 2. If after it the same ones are done with the same state as once before, it was tried in vain: take the next that fits.
 * 3. If none is left, take back the last one and go on behind it. Nothing to take back: there is no order.
 *
 * Open operations have no end: they may be taken at any time, or never. A refused one is left out.
 */
export function findOrder(operations: readonly Operation[], model: Model, mostSteps = MOST_STEPS): Search {
  const timeline = new Timeline(operations.filter(({ outcome }) => outcome.type !== 'refused'));
  const tried = new Set<string>();
  const taken: { readonly entry: Entry; readonly before: string }[] = [];
  let deepest: { readonly done: readonly Operation[]; readonly stuck: readonly Operation[] } = { done: [], stuck: [] };
  let depth = -1;
  let state = model.initial;
  let entry = timeline.first;
  for (let steps = 0; timeline.definiteLeft > 0; steps++) {
    if (steps > mostSteps) return { type: 'too-hard', steps };
    if (entry?.isStart === true) {
      const after = timeline.isTurnOf(entry) ? model.apply(state, entry.operation) : undefined;
      // An open one that changes nothing explains nothing.
      const isIdle = after === state && isOpen(entry.operation);
      if (after === undefined || isIdle || !isNew(tried, timeline, entry, after)) {
        entry = entry.next;
        continue;
      }
      taken.push({ entry, before: state });
      state = after;
      entry = timeline.first;
      continue;
    }
    if (taken.length > depth) {
      depth = taken.length;
      deepest = { done: taken.slice(-SHOWN).map((each) => each.entry.operation), stuck: timeline.startedFirst(SHOWN) };
    }
    const last = taken.pop();
    if (last === undefined) return { type: 'not-linearizable', ...deepest };
    timeline.putBack(last.entry);
    state = last.before;
    entry = last.entry.next;
  }
  return { type: 'linearizable' };
}

/** Takes the entry out, and puts it back when that leads to where the search has been. */
function isNew(tried: Set<string>, timeline: Timeline, entry: Entry, after: string): boolean {
  timeline.takeOut(entry);
  const size = tried.size;
  tried.add(`${timeline.fingerprint()}|${after}`);
  if (tried.size > size) return true;
  timeline.putBack(entry);
  return false;
}
