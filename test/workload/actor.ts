import { setTimeout as delay } from 'node:timers/promises';
import type { ArgumentOf, Kind, ResultOf } from '../history/operation.js';
import type { Pending, Recorder } from '../history/recorder.js';
import type { SeededRandom } from '../unit/resp/seeded-random.js';
import { meaningOf } from './outcomes.js';
import { ConnectionLost, Wire, type Reply, type Target } from './wire.js';

/** Before a client that lost its connection, or got none, tries again. */
const DIAL_AGAIN_MS = 20;

/** What all clients of a workload share. */
export interface Common {
  readonly recorder: Recorder;
  /** Stands before all keys, names and elements. */
  readonly prefix: string;
  readonly paceMs: number;
  readonly deadlineMs: number;
  target(): Target;
  isOver(): boolean;
  /** A command went well. */
  wentWell(): void;
  /** A connection ended that this client did not close. */
  disconnected(client: string, why: string): void;
  /** Notes what stands on a key, for reading it when all is over. @param kind how it is read. */
  uses(key: string, kind: 'read' | 'count' | 'range' | 'remaining' | 'balances'): void;
}

/** A request, as it is recorded and as it is sent. */
export interface Ask<K extends Kind> {
  readonly kind: K;
  readonly key: string;
  readonly argument: ArgumentOf<K>;
  readonly words: readonly (string | Buffer)[];
  /** Throws when the reply is none to this command. */
  readonly value: (reply: Reply) => ResultOf<K>;
  readonly deadlineMs?: number;
}

/** One client: its connection, which it opens again when it is lost, its pace, and its part of the history. */
export class Actor {
  readonly name: string;
  readonly random: SeededRandom;
  readonly common: Common;
  #wire: Wire | null = null;
  #turn = 0;

  constructor(name: string, random: SeededRandom, common: Common) {
    this.name = name;
    this.random = random;
    this.common = common;
  }

  /** A value that nobody writes a second time. */
  unique(): string {
    return `${this.name}-${this.#turn++}`;
  }

  /** Plays turn after turn until the workload is over. */
  async play(turn: (actor: Actor) => Promise<void>): Promise<void> {
    while (!this.common.isOver()) {
      try {
        await turn(this);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        this.drop();
        await delay(DIAL_AGAIN_MS);
      }
      await this.rest();
    }
    this.drop();
  }

  /** The pace of this client; no two keep the same step. */
  async rest(): Promise<void> {
    const { paceMs } = this.common;
    if (paceMs > 0) await delay(this.random.below(2 * paceMs + 1));
  }

  /** The connection, a new one if need be. Rejects with {@link ConnectionLost} while there is none. */
  async wire(): Promise<Wire> {
    const lost = this.#wire?.lost;
    if (lost !== null && lost !== undefined) this.drop();
    this.#wire ??= await Wire.dial(this.common.target());
    return this.#wire;
  }

  /** Gives the connection up: what it keeps in the server (WATCH, MULTI) is gone with it. */
  drop(): void {
    const lost = this.#wire?.lost;
    if (lost !== null && lost !== undefined) this.common.disconnected(this.name, lost.message);
    this.#wire?.close();
    this.#wire = null;
  }

  /** Sends one request, recorded. @returns what it was answered; `undefined` when it was not. Rejects with {@link ConnectionLost}. */
  async ask<K extends Kind>(request: Ask<K>): Promise<ResultOf<K> | undefined> {
    return this.askOn(await this.wire(), request);
  }

  /** The same without waiting for a connection, so that requests leave in the order of the calls. */
  async askOn<K extends Kind>(wire: Wire, request: Ask<K>): Promise<ResultOf<K> | undefined> {
    const { kind, key, argument, words, value, deadlineMs = this.common.deadlineMs } = request;
    const pending = this.begin(kind, key, argument);
    return this.settle(pending, wire.send(words, deadlineMs), value);
  }

  begin<K extends Kind>(kind: K, key: string, argument: ArgumentOf<K>): Pending<K> {
    return this.common.recorder.begin(this.name, key, kind, argument);
  }

  /** Writes down what became of it. */
  async settle<K extends Kind>(
    pending: Pending<K>,
    reply: Promise<Reply>,
    value: (reply: Reply) => ResultOf<K>,
  ): Promise<ResultOf<K> | undefined> {
    let answer: Reply;
    try {
      answer = await reply;
    } catch (error) {
      pending.unknown(error instanceof Error ? error.message : String(error));
      throw error;
    }
    if (answer instanceof Error) {
      pending[meaningOf(answer.message)](answer.message);
      return undefined;
    }
    let result: ResultOf<K>;
    try {
      result = value(answer);
    } catch (error) {
      pending.unclean(error instanceof Error ? error.message : String(error));
      return undefined;
    }
    pending.ok(result);
    this.common.wentWell();
    return result;
  }
}
