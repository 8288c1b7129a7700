import { encodeCommand, type RawClient } from '../../../support/raw-client.js';

/** How a client is told of invalidations. */
export interface Tracking {
  readonly name: string;
  readonly resp: '2' | '3';
  /** The arguments behind CLIENT TRACKING on. */
  readonly options: readonly string[];
  /** Sent before each read. */
  readonly before?: readonly string[];
  /** Invalidations go to a second connection, in this version of the protocol. */
  readonly redirect?: '2' | '3';
}

/** A connection on which replies and invalidations are told apart. */
class Ear {
  readonly client: RawClient;
  readonly #waiting: ((reply: string) => void)[] = [];

  constructor(client: RawClient, onInvalidation: (frame: string) => void) {
    this.client = client;
    void this.#listen(onInvalidation);
  }

  ask(...command: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.client.send(encodeCommand(...command));
    });
  }

  async #listen(onInvalidation: (frame: string) => void): Promise<void> {
    try {
      for (;;) {
        const frame = (await this.client.replies(1, 600_000)).toString('latin1');
        if (/^(>2|\*3)\r\n\$\d+\r\n(invalidate|message)\r\n/.test(frame)) onInvalidation(frame);
        else this.#waiting.shift()?.(frame);
      }
    } catch (error) {
      for (const wake of this.#waiting.splice(0)) wake(`ended: ${String(error)}`);
    }
  }
}

/**
 * A client that keeps what it has read until it is told that it is no longer true. A value is kept only if no invalidation
 * came between the request and its reply, as the documentation of Redis tells clients to do.
 */
export class CachingClient {
  readonly problems: string[] = [];
  /** How often a kept value was found true, and how often everything was invalidated. */
  hits = 0;
  flushes = 0;
  readonly name: string;
  readonly #tracking: Tracking;
  readonly #reader: Ear;
  readonly #ear: Ear;
  readonly #cache = new Map<string, number>();
  readonly #asked = new Set<string>();

  private constructor(tracking: Tracking, reader: RawClient, target: RawClient) {
    this.#tracking = tracking;
    this.name = tracking.name;
    const invalidate = (frame: string): void => this.#invalidate(frame);
    this.#reader = new Ear(reader, invalidate);
    this.#ear = target === reader ? this.#reader : new Ear(target, invalidate);
  }

  static async start(tracking: Tracking, connect: () => Promise<RawClient>): Promise<CachingClient> {
    const reader = await connect();
    const target = tracking.redirect === undefined ? reader : await connect();
    const options = [...tracking.options];
    await reader.call('HELLO', tracking.resp);
    if (target !== reader) {
      await target.call('HELLO', tracking.redirect ?? '');
      options.push('REDIRECT', (await target.call('CLIENT', 'ID')).slice(1).trim());
      if (tracking.redirect === '2') await target.call('SUBSCRIBE', '__redis__:invalidate');
    }
    const reply = await reader.call('CLIENT', 'TRACKING', 'on', ...options);
    if (reply !== '+OK\r\n') throw new Error(`${tracking.name}: ${reply}`);
    return new CachingClient(tracking, reader, target);
  }

  /** Reads a key, from memory where it is kept. @param floor tells what it must be at least at this moment. */
  async read(key: string, floor: () => number): Promise<void> {
    const least = floor();
    if (this.#cache.has(key)) {
      await this.#ear.ask('PING');
      const kept = this.#cache.get(key);
      if (kept === undefined) return;
      if (kept < least) this.problems.push(`${key} is ${kept} in memory, ${least} has been acknowledged`);
      this.hits++;
      return;
    }
    this.#asked.add(key);
    if (this.#tracking.before !== undefined) await this.#reader.ask(...this.#tracking.before);
    const reply = await this.#reader.ask('GET', key);
    const value = Number(/^\$\d+\r\n(\d+)\r\n$/.exec(reply)?.[1] ?? (/^(\$-1|_)\r\n$/.test(reply) ? 0 : NaN));
    if (!(value >= least)) this.problems.push(`${key} is ${reply}, ${least} has been acknowledged`);
    if (this.#asked.delete(key)) this.#cache.set(key, value);
  }

  #invalidate(frame: string): void {
    if (/(invalidate\r\n_|__redis__:invalidate\r\n(\$-1|\*-1|_))\r\n$/.test(frame)) {
      this.flushes++;
      this.#cache.clear();
      this.#asked.clear();
      return;
    }
    const keys = [...frame.matchAll(/\$\d+\r\n(key\d+)\r\n/g)];
    if (keys.length === 0) this.problems.push(`no key: ${JSON.stringify(frame)}`);
    for (const [, key = ''] of keys) {
      this.#cache.delete(key);
      this.#asked.delete(key);
    }
  }
}
