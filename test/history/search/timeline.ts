import { isOpen } from '../evidence.js';
import type { Operation } from '../operation.js';

/** The start or the end of an operation. */
export interface Entry {
  readonly operation: Operation;
  readonly isStart: boolean;
  /** The next one that has not been taken out. */
  readonly next: Entry | undefined;
}

class Link implements Entry {
  readonly operation: Operation;
  readonly isStart: boolean;
  /** Of all definite operations by their start; -1: open. */
  readonly index: number;
  /** Of open ones: all that would do the same, and which of them this is. */
  readonly alike: Alike | undefined;
  readonly rank: number;
  next: Link | undefined = undefined;
  previous: Link | undefined = undefined;
  end: Link | undefined = undefined;

  constructor(operation: Operation, isStart: boolean, index = -1, alike?: Alike) {
    this.operation = operation;
    this.isStart = isStart;
    this.index = index;
    this.alike = alike;
    this.rank = alike === undefined ? 0 : alike.size++;
  }
}

/** Open operations that would do the same: any of them may stand for any other that began later, so they are taken in turn. */
interface Alike {
  readonly id: number;
  size: number;
  taken: number;
}

/** Starts and ends in the order of time; what a search has put in order is taken out, and put back when it was wrong. */
export class Timeline {
  /** Stands before the first. */
  readonly #head = new Link({} as Operation, true);
  readonly #alikes: readonly Alike[];
  readonly #isTaken: boolean[];
  /** All definite ones before this index are taken. */
  #low = 0;
  #definiteLeft: number;

  constructor(operations: readonly Operation[]) {
    const alikes = new Map<string, Alike>();
    const entries: { readonly at: number; readonly link: Link }[] = [];
    let definite = 0;
    for (const operation of operations.toSorted((a, b) => a.start - b.start)) {
      if (isOpen(operation)) {
        const what = JSON.stringify([operation.kind, operation.argument]);
        const alike = alikes.get(what) ?? { id: alikes.size, size: 0, taken: 0 };
        alikes.set(what, alike);
        entries.push({ at: operation.start, link: new Link(operation, true, -1, alike) });
        continue;
      }
      const start = new Link(operation, true, definite++);
      start.end = new Link(operation, false);
      entries.push({ at: operation.start, link: start }, { at: operation.end, link: start.end });
    }
    // At the same moment, starts come first: what touches counts as having been there at the same time.
    entries.sort((a, b) => a.at - b.at || Number(b.link.isStart) - Number(a.link.isStart));
    let last = this.#head;
    for (const { link } of entries) {
      last.next = link;
      link.previous = last;
      last = link;
    }
    this.#alikes = [...alikes.values()];
    this.#isTaken = Array.from({ length: definite }, () => false);
    this.#definiteLeft = definite;
  }

  get first(): Entry | undefined {
    return this.#head.next;
  }

  /** So many operations that certainly ran are not in order yet. */
  get definiteLeft(): number {
    return this.#definiteLeft;
  }

  /** Whether no other one that would do the same comes first. */
  isTurnOf(entry: Entry): boolean {
    const { alike, rank } = linkOf(entry);
    return alike === undefined || alike.taken === rank;
  }

  takeOut(entry: Entry): void {
    const link = linkOf(entry);
    unlink(link);
    if (link.alike !== undefined) {
      link.alike.taken++;
      return;
    }
    if (link.end !== undefined) unlink(link.end);
    this.#isTaken[link.index] = true;
    this.#definiteLeft--;
    while (this.#isTaken[this.#low] === true) this.#low++;
  }

  /** Undoes the last {@link takeOut} that has not been undone. */
  putBack(entry: Entry): void {
    const link = linkOf(entry);
    if (link.alike === undefined) {
      if (link.end !== undefined) relink(link.end);
      this.#isTaken[link.index] = false;
      this.#definiteLeft++;
      this.#low = Math.min(this.#low, link.index);
    } else {
      link.alike.taken--;
    }
    relink(link);
  }

  /** Says which ones are taken; short, as most of them lie before all that are not. */
  fingerprint(): string {
    const beyond: number[] = [];
    const most = this.#isTaken.length - this.#definiteLeft - this.#low;
    for (let index = this.#low; beyond.length < most; index++) if (this.#isTaken[index] === true) beyond.push(index);
    const open = this.#alikes.flatMap(({ id, taken }) => (taken === 0 ? [] : [`${id}x${taken}`]));
    return `${this.#low};${beyond.join()};${open.join()}`;
  }

  /** The first operations that are left and begin before any of them ends. */
  startedFirst(most: number): readonly Operation[] {
    const started: Operation[] = [];
    for (let link = this.#head.next; link?.isStart === true && started.length < most; link = link.next) {
      started.push(link.operation);
    }
    return started;
  }
}

function linkOf(entry: Entry): Link {
  if (entry instanceof Link) return entry;
  throw new Error('an entry of another timeline');
}

function unlink(link: Link): void {
  if (link.previous !== undefined) link.previous.next = link.next;
  if (link.next !== undefined) link.next.previous = link.previous;
}

function relink(link: Link): void {
  if (link.previous !== undefined) link.previous.next = link;
  if (link.next !== undefined) link.next.previous = link;
}
