import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { SeededRandom } from '../../unit/resp/seeded-random.js';
import { UNDISTURBED, type Conditions } from './conditions.js';
import { Wire, type Direction, type WireKind } from './wire.js';

interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

/** Which connections, or which half of them, are meant; everything that is left out is meant as a whole. */
export interface Scope {
  readonly kinds?: readonly WireKind[];
  readonly directions?: readonly Direction[];
}

/**
 * When something is to be done about a command of a control connection:
 * - `before`: the server has not got it yet, and gets it afterwards;
 * - `sent`: it is on its way to the server;
 * - `answered`: the server has run it, and its answer has not been passed on yet;
 * - `told`: its answer has been passed on.
 */
export type Moment = 'before' | 'sent' | 'answered' | 'told';

/** A command that is waited for. */
export interface Awaited {
  readonly command: RegExp;
  /** How its answer is told from those to what was asked before. */
  readonly answer: RegExp;
  readonly moment: Moment;
  /** Called once. */
  readonly act: () => void;
}

const BOTH: readonly Direction[] = ['up', 'down'];

/**
 * A way to a server, or to Holdfast, that can be disturbed in every way a network can, at any time, also for connections that
 * are open already. Its dice are seeded.
 */
export class FaultRelay {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #listener: Server;
  #target: RelayTarget;
  readonly #random: SeededRandom;
  readonly #wires = new Set<Wire>();
  #imposed: readonly { readonly scope: Scope; readonly conditions: Conditions }[] = [];
  #awaited: readonly Awaited[] = [];
  /** Awaited commands that were sent, by the connection on which their answers come. */
  readonly #unanswered = new Map<Wire, Awaited>();

  private constructor(listener: Server, port: number, target: RelayTarget, seed: number) {
    this.#listener = listener;
    this.port = port;
    this.#target = target;
    this.#random = new SeededRandom(seed);
    listener.on('connection', (dialler: Socket) => this.#accept(dialler));
  }

  static async start(target: RelayTarget, seed = 0): Promise<FaultRelay> {
    // Each half of a connection ends by itself.
    const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
    return new FaultRelay(listener, address.port, target, seed);
  }

  /** The address as Holdfast is told it. */
  get id(): string {
    return `${this.host}:${this.port}`;
  }

  get connections(): number {
    return this.#wires.size;
  }

  /** Connections that come from now on go there. */
  aim(target: RelayTarget): void {
    this.#target = target;
  }

  /** From now on, until {@link heal}. Of several that speak of the same direction the last one counts. */
  impose(conditions: Partial<Conditions>, scope: Scope = {}): void {
    const whole = { scope, conditions: { ...UNDISTURBED, ...conditions } };
    this.#imposed = [...this.#imposed, whole];
    for (const wire of this.#wires) apply(whole, wire);
  }

  /** Ends open connections as a firewall would. */
  reset(scope: Scope = {}): void {
    for (const wire of this.#wires) if (isMeant(wire.kind, scope)) wire.reset();
  }

  /** Ends one direction of open connections in good order; the other goes on. */
  halfClose(scope: Scope = {}): void {
    for (const wire of this.#wires) {
      if (!isMeant(wire.kind, scope)) continue;
      for (const direction of scope.directions ?? ['down']) wire.halfClose(direction);
    }
  }

  /** Undisturbed from now on; what waited arrives. */
  heal(): void {
    this.#imposed = [];
    for (const wire of this.#wires) for (const direction of BOTH) wire.impose(direction, UNDISTURBED);
  }

  /** Waits for a command on a control connection. @returns stops waiting for it. */
  await(awaited: Awaited): () => void {
    this.#awaited = [...this.#awaited, awaited];
    return () => this.#forget(awaited);
  }

  /** New connections are refused, as by a machine on which nobody listens, until {@link open}; those that are open stay. */
  shut(): void {
    this.#listener.close();
  }

  async open(): Promise<void> {
    if (this.#listener.listening) return;
    this.#listener.listen(this.port, this.host);
    await once(this.#listener, 'listening');
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.destroy();
    if (!this.#listener.listening) return;
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #accept(dialler: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const wire = new Wire(dialler, server, this.#random, {
      learned: (now) => this.#adjust(now),
      asked: (from, text, pass) => this.#asked(from, text, pass),
      answered: (from, text, pass) => this.#answered(from, text, pass),
      closed: (gone) => {
        this.#wires.delete(gone);
        this.#unanswered.delete(gone);
      },
    });
    this.#wires.add(wire);
    this.#adjust(wire);
  }

  /** Some conditions are for one kind of connection only. */
  #adjust(wire: Wire): void {
    for (const direction of BOTH) wire.impose(direction, UNDISTURBED);
    for (const each of this.#imposed) apply(each, wire);
  }

  #asked(wire: Wire, text: string, pass: () => void): void {
    const found = this.#awaited.find(({ command }) => command.test(text));
    if (found === undefined) {
      pass();
      return;
    }
    const { moment, act } = found;
    if (moment === 'before' || moment === 'sent') this.#forget(found);
    else this.#unanswered.set(wire, found);
    if (moment === 'before') act();
    pass();
    if (moment === 'sent') act();
  }

  #answered(wire: Wire, text: string, pass: () => void): void {
    const awaited = this.#unanswered.get(wire);
    if (awaited === undefined || !awaited.answer.test(text)) {
      pass();
      return;
    }
    this.#unanswered.delete(wire);
    const isWanted = this.#awaited.includes(awaited);
    this.#forget(awaited);
    if (isWanted && awaited.moment === 'answered') awaited.act();
    pass();
    if (isWanted && awaited.moment === 'told') awaited.act();
  }

  #forget(awaited: Awaited): void {
    this.#awaited = this.#awaited.filter((each) => each !== awaited);
  }
}

function apply({ scope, conditions }: { scope: Scope; conditions: Conditions }, wire: Wire): void {
  if (!isMeant(wire.kind, scope)) return;
  for (const direction of scope.directions ?? BOTH) wire.impose(direction, conditions);
}

function isMeant(kind: WireKind, { kinds }: Scope): boolean {
  return kinds === undefined || kinds.includes(kind);
}
