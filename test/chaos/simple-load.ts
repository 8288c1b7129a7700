import { setTimeout as delay } from 'node:timers/promises';
import type { Kind } from '../history/operation.js';
import { Recorder, type Pending } from '../history/recorder.js';
import { RawClient } from '../support/raw-client.js';
import type { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { SeededRandom } from '../unit/resp/seeded-random.js';

/** Between two commands of a client, ms: what is looked at is correctness. */
const PACE_MS = 4;
/** A command without an answer for so long is given up, as clients do; the connection with it. */
const DEADLINE_MS = 3_000;
/** Between two attempts to connect. */
const DIAL_AGAIN_MS = 50;

const UNKNOWN = /^-OUTCOMEUNKNOWN /;
const REFUSED = /^-(READONLY|MASTERDOWN|TRYAGAIN|LOADING|BUSY|ERR Holdfast |EXECABORT)/;

/** Clients that write counters and lists, their own and shared ones, and record what they are told. */
export class SimpleLoad {
  readonly #recorder = new Recorder();
  readonly #random: SeededRandom;
  readonly #runs: readonly Promise<void>[];
  readonly #lists = new Set<string>();
  readonly #counters = new Set<string>();
  #isOver = false;
  #acknowledged = 0;
  #lastAt = performance.now();
  #longestGapMs = 0;

  constructor(port: number, clients: number, seed: number, prefix: string) {
    this.#random = new SeededRandom(seed);
    this.#runs = Array.from({ length: clients }, (_, index) => this.#client(port, `${prefix}c${index}`, prefix));
  }

  get recorder(): Recorder {
    return this.#recorder;
  }

  /** The longest time without any success of anybody until now, ms. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** Settles when that many more commands have gone well. */
  async goesOn(more: number, giveUpMs?: number): Promise<void> {
    const enough = this.#acknowledged + more;
    await until(`${more} more commands go well`, () => this.#acknowledged >= enough, giveUpMs);
  }

  /** Settles when nobody waits for an answer any more. */
  async rest(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#runs);
  }

  /** Reads everything from a server. */
  async readBack(server: RedisServer): Promise<void> {
    const client = await RawClient.connect(server.target);
    try {
      for (const key of this.#counters) {
        const count = this.#recorder.begin(server.id, key, 'count', null, { isFinal: true });
        count.ok(Number((await client.call('GET', key)).split('\r\n')[1] ?? '0'));
      }
      for (const key of this.#lists) {
        const range = this.#recorder.begin(server.id, key, 'range', null, { isFinal: true });
        range.ok(
          (await client.call('LRANGE', key, '0', '-1')).split('\r\n').filter((line) => !/^[*$]\d|^$/.test(line)),
        );
      }
    } finally {
      client.close();
    }
  }

  async #client(port: number, name: string, prefix: string): Promise<void> {
    let connection: RawClient | null = null;
    for (let turn = 0; !this.#isOver; turn++) {
      await delay(PACE_MS);
      connection ??= await RawClient.connect({ host: '127.0.0.1', port }).catch(() => null);
      if (connection === null) {
        await delay(DIAL_AGAIN_MS);
        continue;
      }
      const goesOn = await this.#command(connection, name, prefix, turn);
      if (goesOn) continue;
      connection.close();
      connection = null;
      // Whoever lost one does not come again at once.
      await delay(DIAL_AGAIN_MS);
    }
    connection?.close();
  }

  async #command(connection: RawClient, name: string, prefix: string, turn: number): Promise<boolean> {
    const key = this.#random.below(2) === 0 ? name : `${prefix}all`;
    switch (this.#random.below(4)) {
      case 0: {
        this.#lists.add(`${key}:list`);
        const element = `${name}-${turn}`;
        const push = this.#recorder.begin(name, `${key}:list`, 'append', { element });
        return this.#settle(connection, push, Number, 'RPUSH', `${key}:list`, element);
      }
      case 1:
        this.#counters.add(`${key}:counter`);
        return this.#settle(
          connection,
          this.#recorder.begin(name, `${key}:counter`, 'count', null),
          Number,
          'GET',
          `${key}:counter`,
        );
      default:
        this.#counters.add(`${key}:counter`);
        return this.#settle(
          connection,
          this.#recorder.begin(name, `${key}:counter`, 'increment', null),
          Number,
          'INCR',
          `${key}:counter`,
        );
    }
  }

  /** @returns whether the connection is still good. */
  async #settle<K extends Kind>(
    connection: RawClient,
    pending: Pending<K>,
    value: (text: string) => Parameters<Pending<K>['ok']>[0],
    ...command: readonly string[]
  ): Promise<boolean> {
    try {
      connection.send(encode(command));
      const reply = (await connection.replies(1, DEADLINE_MS)).toString('latin1');
      if (UNKNOWN.test(reply)) pending.unknown(reply.trim());
      else if (REFUSED.test(reply)) pending.refused(reply.trim());
      else if (reply.startsWith('-')) pending.unclean(reply.trim());
      else {
        pending.ok(value(reply.startsWith('$') ? (reply.split('\r\n')[1] ?? '0') : reply.slice(1).trim()));
        this.#wentWell();
      }
      return true;
    } catch (error) {
      pending.unknown(String(error).slice(0, 60));
      return false;
    }
  }

  #wentWell(): void {
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    this.#lastAt = now;
    this.#acknowledged += 1;
  }
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
