import type { Test } from 'tap';
import type { RawClient } from '../../../support/raw-client.js';
import { until } from '../../../support/until.js';

/** `<source>#<number>;`, anywhere in a message. */
const NUMBERED = /([a-z-]+)#(\d+);/g;

/** Publishes numbered messages, one after the other is acknowledged. */
export class NumberedSource {
  readonly name: string;
  /** How many have been acknowledged. */
  acknowledged = 0;
  #stopped = false;
  readonly #run: Promise<void>;

  /** @param publish settles when the message is acknowledged; `false`: it is known not to have been published. */
  constructor(name: string, publish: (message: string) => Promise<boolean>) {
    this.name = name;
    this.#run = (async () => {
      while (!this.#stopped) if (await publish(`${name}#${this.acknowledged};`)) this.acknowledged++;
    })();
  }

  /** Settles when `more` messages have been acknowledged. */
  async flows(more: number): Promise<void> {
    const enough = this.acknowledged + more;
    await until(`${this.name} has published ${enough}`, () => this.acknowledged >= enough);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
  }
}

/** What one subscriber is told, message by message. */
export class NumberedSink {
  readonly client: RawClient;
  readonly #what: string;
  /** The next number of each source. */
  readonly #next = new Map<string, number>();
  readonly #problems: string[] = [];
  readonly #run: Promise<void>;

  constructor(what: string, client: RawClient) {
    this.#what = what;
    this.client = client;
    this.#run = this.#listen();
  }

  /** Settles when the last message of each source is there; then all that came before must have come once, in order. */
  async isComplete(t: Test, sources: readonly NumberedSource[]): Promise<void> {
    await until(`${this.#what} has been told the last message`, () => {
      return this.client.isEnded || sources.every(({ name, acknowledged }) => this.#seen(name) >= acknowledged);
    }).catch((error: unknown) => this.#problems.push(String(error)));
    const counts = sources.map(({ name }) => [name, this.#seen(name)]);
    t.same(this.#problems.slice(0, 20), [], `${this.#what}: none missing, none twice, in order, nothing else`);
    t.same(
      counts,
      sources.map(({ name, acknowledged }) => [name, acknowledged]),
      `${this.#what}: all of them`,
    );
    this.client.close();
    await this.#run;
  }

  #seen(source: string): number {
    return this.#next.get(source) ?? 0;
  }

  async #listen(): Promise<void> {
    try {
      for (;;) this.#take((await this.client.replies(1, 600_000)).toString('latin1'));
    } catch {
      // The connection has ended: at the end of the test, or the counts tell.
    }
  }

  #take(frame: string): void {
    const found = [...frame.matchAll(NUMBERED)];
    if (found.length === 0) this.#problems.push(`not a message: ${JSON.stringify(frame.slice(0, 200))}`);
    for (const [text, source = '', digits] of found) {
      const wanted = this.#seen(source);
      const number = Number(digits);
      if (number !== wanted) this.#problems.push(`${text} instead of ${source}#${wanted};`);
      this.#next.set(source, Math.max(wanted, number + 1));
    }
  }
}
