import type { Operation } from '../history/operation.js';
import { Recorder } from '../history/recorder.js';
import { until } from '../support/until.js';
import { SeededRandom } from '../unit/resp/seeded-random.js';
import { Actor, type Common } from './actor.js';
import { banker } from './actors/bank.js';
import { publisher, subscriber } from './actors/channels.js';
import { conditional } from './actors/conditional.js';
import { pipeliner } from './actors/pipeliner.js';
import { consumer, producer } from './actors/queues.js';
import { appender, bigRegister, counter, expiring, register } from './actors/values.js';
import { readBack, type ReadAs } from './read-back.js';
import type { Target } from './wire.js';

type Turn = (actor: Actor, turnOfAll: () => number) => Promise<void>;

/** How many clients do what, unless said otherwise. */
const CAST = {
  register: 4,
  big: 1,
  counter: 4,
  list: 2,
  expiring: 2,
  conditional: 3,
  banker: 3,
  producer: 2,
  consumer: 3,
  publisher: 1,
  subscriber: 2,
  pipeliner: 1,
} as const;

export type Role = keyof typeof CAST;

const TURNS: Readonly<Record<Role, Turn>> = {
  register,
  big: bigRegister,
  counter,
  list: appender,
  expiring,
  conditional,
  banker,
  producer,
  consumer,
  publisher,
  subscriber,
  pipeliner,
};

export interface WorkloadOptions {
  /** Where Holdfast is; a function, where it may move. */
  readonly target: Target | (() => Target);
  readonly seed: number;
  /** Before all keys, so that runs on one shard do not meet; default: none. */
  readonly prefix?: string;
  /** How many clients do what; what is not named keeps its number. */
  readonly cast?: Readonly<Partial<Record<Role, number>>>;
  /** Between two turns of a client, on average, ms. */
  readonly paceMs?: number;
  /** A command without an answer for so long is given up, and the connection with it. */
  readonly deadlineMs?: number;
}

/** Clients that do what applications do, and write down what they are told. Nothing is ever sent again. */
export class Workload {
  readonly #recorder = new Recorder();
  readonly #keys = new Map<string, ReadAs>();
  readonly #runs: readonly Promise<void>[];
  readonly #disconnects: string[] = [];
  #isOver = false;
  #acknowledged = 0;
  #failed: unknown = null;

  constructor(options: WorkloadOptions) {
    const { target, seed, prefix = '', cast = {}, paceMs = 4, deadlineMs = 5_000 } = options;
    const common: Common = {
      recorder: this.#recorder,
      prefix,
      paceMs,
      deadlineMs,
      target: typeof target === 'function' ? target : () => target,
      isOver: () => this.#isOver,
      wentWell: () => void this.#acknowledged++,
      disconnected: (client, why) => void this.#disconnects.push(`${client}: ${why}`),
      uses: (key, kind) => void this.#keys.set(key, kind),
    };
    const roles = Object.keys(CAST) as Role[];
    this.#runs = roles.flatMap((role, number) => {
      let turns = 0;
      return Array.from({ length: cast[role] ?? CAST[role] }, async (_, index) => {
        const random = new SeededRandom(seed * 1000 + number * 50 + index);
        const actor = new Actor(`${prefix}${role}-${index}`, random, common);
        await actor
          .play((each) => TURNS[role](each, () => turns++))
          .catch((error: unknown) => {
            this.#failed ??= error;
          });
      });
    });
  }

  /** Settles when that many more commands have gone well. */
  async goesOn(more: number, giveUpMs?: number): Promise<void> {
    const enough = this.#acknowledged + more;
    await until(`${more} more commands go well`, () => this.#acknowledged >= enough, giveUpMs);
  }

  /** So many commands went well until now. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get clients(): number {
    return this.#runs.length;
  }

  /** Connections that ended by themselves, and why. */
  get disconnects(): readonly string[] {
    return this.#disconnects;
  }

  /** Ends it: settles when nobody waits for an answer any more, which takes a deadline at most. Rejects with a defect of the workload. */
  async rest(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#runs);
    if (this.#failed !== null) throw new Error('a client of the workload failed', { cause: this.#failed });
  }

  /** Adds what a server has to the history; when all rest, and it has everything that the master has. */
  async readBack(server: Target & { readonly id: string }): Promise<void> {
    await readBack(this.#recorder, server, this.#keys);
  }

  operations(): readonly Operation[] {
    return this.#recorder.operations();
  }
}
