import type { Logger } from '../log/logger.js';
import type { Call, Effect } from './effects.js';
import type { AnswerEvent, Command, Event, Reply } from './events.js';
import type { Journal } from './journal.js';
import { INITIAL_MACHINE, transition, type Machine } from './machine.js';
import { failureOf, type NodeCaller } from './node-caller.js';
import type { Clock, DataPath, HoldFigures, SwitchoverPhase, SwitchoverReport } from './ports.js';
import type { State } from './states.js';

/** What the driver works on. */
export interface DriverPorts {
  readonly caller: NodeCaller;
  readonly dataPath: DataPath;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Who hears of it: a moment later, and never while clients are held. Listeners log, write files, render and send; done in
 * the turn that opens the gate, that would delay the very writes that were held.
 */
export interface DriverListener {
  changed(state: State): void;
  finished(report: SwitchoverReport): void;
  diverged(found: Extract<Effect, { readonly type: 'diverged' }>): void;
  phases(phases: readonly (readonly [SwitchoverPhase, number])[]): void;
  answer(report: SwitchoverReport): void;
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

/** A crash whose handling crashes again: after so many the machine is not asked any more. */
const CRASHES_MAX = 3;

const NOBODY_HELD: HoldFigures = { heldClients: 0, heldCommands: 0 };

/**
 * Carries out what the machine decides, and tells it what came of it. The effects of a transition are begun in the turn of
 * the event that caused it: the answer to the promotion, the redirect and the opening of the gate are one turn.
 *
 * 1. An event waits in the queue until the effects of the one before are begun.
 * 2. The machine decides; its state is replaced in one place.
 * 3. The effects are begun in order. An exception out of the data path, or out of the machine, ends that, and becomes
 *    `crashed`; an exception out of a node is that node's failure, and comes back as the answer to its call.
 * 4. If even `crashed` can not be handled, the gate is opened all the same, and nothing is begun any more.
 */
export class SwitchoverDriver {
  readonly #ports: DriverPorts;
  readonly #listener: DriverListener;
  #machine: Machine = INITIAL_MACHINE;
  readonly #queue: Event[] = [];
  #running = false;
  #crashes = 0;
  #gateClosed = false;
  readonly #cancels = new Map<Call, () => void>();
  readonly #untold: State[] = [];
  readonly #announcements: (() => void)[] = [];
  #cancelTelling: (() => void) | null = null;

  constructor(ports: DriverPorts, listener: DriverListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  get state(): State {
    return this.#machine.state;
  }

  /** Gives the machine a command of this moment, and begins what it decides. Never throws. */
  command(command: WithoutTime<Command>): void {
    this.#dispatch({ ...command, at: this.#ports.clock.now() });
  }

  #dispatch(event: Event): void {
    this.#queue.push(event);
    if (this.#running) return;
    this.#running = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handle(next);
    this.#running = false;
    this.#tellSoon();
  }

  #handle(event: Event): void {
    try {
      const { machine, effects } = transition(this.#machine, event);
      this.#enter(machine);
      for (const effect of effects) this.#begin(effect);
      if (event.type !== 'crashed') this.#crashes = 0;
    } catch (error) {
      this.#ports.log.error({ err: error, state: this.state.type, event: event.type }, 'a defect in the switchover');
      this.#crashes += 1;
      if (this.#crashes > CRASHES_MAX) this.#lastResort();
      else this.#queue.unshift({ type: 'crashed', at: this.#ports.clock.now(), message: failureOf(error).message });
    }
  }

  /** The one place where the state changes. */
  #enter(machine: Machine): void {
    if (machine.state !== this.#machine.state) {
      // Of many steps within one state only the last is told.
      if (this.#untold.at(-1)?.type === machine.state.type) this.#untold.pop();
      this.#untold.push(machine.state);
    }
    this.#machine = machine;
  }

  #lastResort(): void {
    this.#queue.length = 0;
    this.#enter({ ...this.#machine, state: { type: 'stopped', why: 'internal-error' } });
    if (!this.#gateClosed) return;
    try {
      this.#ports.dataPath.withdraw();
    } catch (error) {
      this.#ports.log.error({ err: error }, 'the master could not be withdrawn');
    }
    this.#openGate();
  }

  /** One thing a turn: between two of them the traffic goes on. */
  #tellSoon(): void {
    if (this.#cancelTelling !== null || this.#isQuiet || this.#untold.length + this.#announcements.length === 0) return;
    this.#cancelTelling = this.#ports.clock.schedule(0, () => {
      this.#cancelTelling = null;
      this.#tellNext();
      this.#tellSoon();
    });
  }

  /** Clients are held, and the hold has not become a long one. */
  get #isQuiet(): boolean {
    return this.#gateClosed && this.state.type !== 'resolving';
  }

  /** Tells the listener what it has not heard yet; before the process ends, somebody has to ask for it. */
  tellNow(): void {
    this.#cancelTelling?.();
    this.#cancelTelling = null;
    while (this.#tellNext());
  }

  /** @returns whether there was something to tell. */
  #tellNext(): boolean {
    if (this.#isQuiet) return false;
    const announce = this.#announcements.shift();
    if (announce !== undefined) {
      announce();
      return true;
    }
    const state = this.#untold.shift();
    if (state !== undefined) this.#listener.changed(state);
    return state !== undefined;
  }

  #begin(effect: Effect): void {
    const { caller, dataPath, journal, clock } = this.#ports;
    switch (effect.type) {
      case 'hold': {
        const at = clock.now();
        dataPath.hold();
        this.#gateClosed = true;
        this.#queue.push({ type: 'held', at, call: effect.call });
        return;
      }
      case 'drain':
        return this.#drain(effect.call);
      case 'mark':
        return this.#ask(effect.call, async () => {
          await dataPath.mark(effect.timeoutMs);
          return { type: 'marked' };
        });
      case 'redirect':
        return dataPath.redirect(effect.node, () => {
          this.#dispatch({ type: 'redirected', call: effect.call, at: clock.now() });
        });
      case 'withdraw':
        return dataPath.withdraw();
      case 'open': {
        const figures = this.#openGate();
        this.#queue.push({ type: 'opened', at: clock.now(), call: effect.call, figures });
        return;
      }
      case 'prepare':
        return this.#ask(effect.call, async () => {
          const connections = await dataPath.prepare(effect.target, effect.timeoutMs);
          return { type: 'prepared', connections };
        });
      case 'discard-prepared':
        return this.#discardPrepared();
      case 'record-intent':
        return this.#ask(effect.call, async () => {
          await journal.recordIntent(caller.pledge(effect.intent));
          return { type: 'recorded' };
        });
      case 'record':
        this.#announcements.push(() => journal.record(effect.change));
        return;
      case 'wake':
        this.#cancels.set(
          effect.call,
          clock.schedule(effect.ms, () => this.#wake(effect.call)),
        );
        return;
      case 'cancel':
        return this.#cancel(effect.call);
      case 'diverged':
        this.#announcements.push(() => this.#listener.diverged(effect));
        return;
      case 'finished':
        this.#announcements.push(() => this.#listener.finished(effect.report));
        return;
      case 'measured-phases':
        this.#announcements.push(() => this.#listener.phases(effect.phases));
        return;
      case 'answer':
        this.#announcements.push(() => this.#listener.answer(effect.report));
        return;
      default:
        return this.#ask(effect.call, () => caller.call(effect));
    }
  }

  /** Asks, and gives the machine the answer; also what is thrown at once is an answer. */
  #ask(call: Call, ask: () => Promise<Reply>): void {
    let asked: Promise<Reply>;
    try {
      asked = ask();
    } catch (error) {
      this.#queue.push(this.#stamp(call, { type: 'failed', failure: failureOf(error) }));
      return;
    }
    asked.then(
      (reply) => this.#dispatch(this.#stamp(call, reply)),
      (error: unknown) => this.#dispatch(this.#stamp(call, { type: 'failed', failure: failureOf(error) })),
    );
  }

  #stamp(call: Call, reply: Reply): AnswerEvent {
    return { ...reply, call, at: this.#ports.clock.now() };
  }

  #drain(call: Call): void {
    const controller = new AbortController();
    this.#cancels.set(call, () => controller.abort());
    this.#ask(call, async () => {
      await this.#ports.dataPath.drained(controller.signal);
      this.#cancels.delete(call);
      return { type: 'drained' };
    });
  }

  #wake(call: Call): void {
    this.#cancels.delete(call);
    this.#dispatch({ type: 'woke', call, at: this.#ports.clock.now() });
  }

  #cancel(call: Call): void {
    const cancel = this.#cancels.get(call);
    this.#cancels.delete(call);
    cancel?.();
  }

  /** What can not be closed costs connections, not writes: no reason to stop anything. */
  #discardPrepared(): void {
    try {
      this.#ports.dataPath.discardPrepared();
    } catch (error) {
      this.#ports.log.error({ err: error }, 'prepared connections could not be closed');
    }
  }

  /** The one place where the gate is opened; opening an open gate does nothing. */
  #openGate(): HoldFigures {
    if (!this.#gateClosed) return NOBODY_HELD;
    this.#gateClosed = false;
    try {
      return this.#ports.dataPath.release();
    } catch (error) {
      // A second call would meet a gate of which nobody knows how far it is open.
      this.#ports.log.error({ err: error }, 'the gate reported an error while it was opened');
      return NOBODY_HELD;
    }
  }
}
