import { isAnswer, type Event, type EventType } from '../../src/switchover/events.js';
import type { Machine, transition } from '../../src/switchover/machine.js';
import { awaited, type StateName } from '../../src/switchover/states.js';
import { ImpossibleTransition } from '../../src/switchover/step.js';
import type { Laws } from './laws.js';

/** A state and an event that changed something in it. */
export type Pair = `${StateName} ← ${EventType}`;

/** Which events met the machine in which of its states. */
export class Coverage {
  readonly #machines = new Map<StateName, Machine>();
  readonly #events = new Map<EventType, Event>();
  readonly #pairs = new Set<Pair>();

  /** The same laws, watched. */
  watch(laws: Laws): Laws {
    return {
      ...laws,
      transition: (machine, event) => {
        const decided = laws.transition(machine, event);
        if (decided.machine !== machine) this.#note(machine, event);
        return decided;
      },
    };
  }

  /** The states of the machine that an event has changed something in; `holding` and `redirecting` last for a turn only. */
  get states(): ReadonlySet<StateName> {
    return new Set(this.#machines.keys());
  }

  get pairs(): ReadonlySet<Pair> {
    return this.#pairs;
  }

  /**
   * The pairs that the machine would take and that never came up: each event that came up anywhere is given to a sample of each state.
   *
   * @param decide the product's own function.
   */
  missing(decide: typeof transition): readonly Pair[] {
    const found: Pair[] = [];
    for (const [state, machine] of this.#machines) {
      for (const [type, event] of this.#events) {
        const pair: Pair = `${state} ← ${type}`;
        if (!this.#pairs.has(pair) && isTaken(decide, machine, event)) found.push(pair);
      }
    }
    return found;
  }

  #note(machine: Machine, event: Event): void {
    const { type } = machine.state;
    if (!this.#machines.has(type)) this.#machines.set(type, machine);
    if (!this.#events.has(event.type)) this.#events.set(event.type, event);
    this.#pairs.add(`${type} ← ${event.type}`);
  }
}

/** Whether it changes something, as the answer to any of the questions that are open. */
function isTaken(decide: typeof transition, machine: Machine, event: Event): boolean {
  const forms = isAnswer(event) ? awaited(machine.state).map((call): Event => ({ ...event, call })) : [event];
  return forms.some((form) => {
    try {
      const decided = decide(machine, form);
      return decided.machine.state !== machine.state;
    } catch (error) {
      if (error instanceof ImpossibleTransition) return false;
      throw error;
    }
  });
}
