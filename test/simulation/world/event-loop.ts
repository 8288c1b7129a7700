import { Dice } from './dice.js';
import { EventQueue, type SimEvent } from './event-queue.js';
import type { SimProcess } from './sim-process.js';

/** Taken before anything is replaced: the only thing that is asked of the real event loop. */
const realImmediate = setImmediate;

/** Longest time between two looks of a real event loop at what has arrived, ms. */
const TURN_MS = 0.2;

/**
 * The time and the order of all that happens in a simulation. Nothing happens by itself: who wants something to happen says
 * when, and of what happens at one time, the first said comes first.
 *
 * Each event is run in a turn of the real event loop, behind which Node has settled all promises and ticks: what the product
 * does in a continuation belongs to the event that caused it.
 */
export class EventLoop {
  /** Virtual ms since the beginning. */
  now = 0;
  /** Whose event is being run, its continuations included. */
  current: SimProcess | null = null;
  /** Equal for equal runs: made of each event's time and owner. */
  hash = 0x811c9dc5;
  events = 0;
  readonly dice: Dice;
  readonly #queue = new EventQueue();
  readonly #watch: (at: number, owner: string, what: string) => void;
  #order = 0;

  /** @param watch sees each event before it is run. */
  constructor(seed: number, watch: (at: number, owner: string, what: string) => void) {
    this.dice = new Dice(seed);
    this.#watch = watch;
  }

  /** Runs `run` in `delayMs`, in the name of `owner`; not if that is gone by then. @returns what cancels it. */
  after(owner: SimProcess, delayMs: number, what: string, run: () => void): SimEvent {
    const event: SimEvent = { at: this.now + Math.max(0, delayMs), order: this.#order++, owner, what, run };
    this.#queue.push(event);
    return event;
  }

  cancel(event: SimEvent): void {
    event.run = null;
  }

  /** `setImmediate` of a process: once in a turn, of which the loop decides how long it lasts. */
  immediate(owner: SimProcess, run: () => void): { run: (() => void) | null } {
    const entry: { run: (() => void) | null } = { run };
    owner.immediates.push(entry);
    if (owner.immediates.length === 1) this.#checkSoon(owner);
    return entry;
  }

  /** What the process had to do while it stood still. */
  thaw(owner: SimProcess): void {
    for (const event of owner.kept.splice(0)) {
      event.at = this.now;
      event.order = this.#order++;
      this.#queue.push(event);
    }
  }

  /** Runs until `isOver`, or until nothing is left to happen. Rejects with what an event throws. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (this.#runUntilTurn(isOver)) realImmediate(turn);
          else resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      realImmediate(turn);
    });
  }

  /** @returns whether promises have to be settled before the next event; else it is over. */
  #runUntilTurn(isOver: () => boolean): boolean {
    while (!isOver()) {
      const event = this.#next();
      if (event === null) break;
      this.#begin(event);
      if (event.owner.needsTurn) return true;
    }
    this.current = null;
    return false;
  }

  #next(): SimEvent | null {
    for (let event = this.#queue.pop(); event !== null; event = this.#queue.pop()) {
      if (event.run === null || !event.owner.alive) continue;
      if (!event.owner.frozen) return event;
      event.owner.kept.push(event);
    }
    return null;
  }

  #begin(event: SimEvent): void {
    this.now = Math.max(this.now, event.at);
    this.current = event.owner;
    this.events++;
    this.hash = Math.imul(this.hash ^ Math.round(this.now * 1000), 0x01000193);
    this.hash = Math.imul(this.hash ^ event.owner.number, 0x01000193) >>> 0;
    this.#watch(this.now, event.owner.name, event.what);
    event.run?.();
  }

  /** Between now and then others may bring something: it is of the same turn. */
  #checkSoon(owner: SimProcess): void {
    this.after(owner, this.dice.upTo(TURN_MS), 'check', () => {
      const entries = owner.immediates;
      owner.immediates = [];
      this.#runOneByOne(owner, entries);
    });
  }

  /** Node settles promises between two of them, so each is an event. */
  #runOneByOne(owner: SimProcess, entries: { run: (() => void) | null }[]): void {
    const [first, ...rest] = entries;
    if (rest.length > 0) this.after(owner, 0, 'immediate', () => this.#runOneByOne(owner, rest));
    first?.run?.();
  }
}
