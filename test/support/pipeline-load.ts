import { encodeCommand, RawClient, type RawTarget } from './raw-client.js';
import { until } from './until.js';

const UNKNOWN = /^-OUTCOMEUNKNOWN /;

/** How a pipeline's replies may look beside the right values. */
export interface PipelineLoadOptions {
  readonly connections: number;
  /** Pairs of a write and a read that one pipeline has. */
  readonly pairs: number;
}

/** What one connection knows of its counter: it has had `acknowledged`, and `unknown` more writes may have run, or not. */
interface Counter {
  readonly key: string;
  acknowledged: number;
  unknown: number;
}

/**
 * Connections that send pipelines of INCR and GET, each with a counter of its own, and judge each reply in its place: an INCR says
 * one more than the one before, a GET what the INCR before it said. Where the outcome of a write was unknown, it may have run.
 */
export class PipelineLoad {
  /** What came and must not have come, in words. */
  readonly wrong: string[] = [];
  unknown = 0;
  rounds = 0;
  readonly #options: PipelineLoadOptions;
  readonly #clients: readonly RawClient[];
  readonly #counters: readonly Counter[];
  readonly #runs: readonly Promise<void>[];
  #isStopping = false;

  private constructor(clients: readonly RawClient[], options: PipelineLoadOptions, tag: string) {
    this.#options = options;
    this.#clients = clients;
    this.#counters = clients.map(({ socket }) => ({ key: `${tag}:${socket.localPort}`, acknowledged: 0, unknown: 0 }));
    this.#runs = clients.map((client, at) => this.#run(client, this.#counters[at]));
  }

  /** @param tag the beginning of the counters' names. */
  static async start(target: RawTarget, options: PipelineLoadOptions, tag = 'load'): Promise<PipelineLoad> {
    const clients = await Promise.all(Array.from({ length: options.connections }, () => RawClient.connect(target)));
    return new PipelineLoad(clients, options, tag);
  }

  /** Settles when `more` pipelines have been answered, whoever's. */
  async goesOn(more: number): Promise<void> {
    const enough = this.rounds + more;
    await until(`${more} more pipelines are answered (${this.wrong.join('; ')})`, () => this.rounds >= enough);
  }

  /** Ends it when all have been answered. @returns the counters that are not on the server as their owners know them. */
  async stop(read: (key: string) => Promise<unknown>): Promise<readonly string[]> {
    this.#isStopping = true;
    await Promise.all(this.#runs);
    for (const client of this.#clients) client.close();
    const differing: string[] = [];
    for (const { key, acknowledged, unknown } of this.#counters) {
      const is = Number(await read(key));
      if (is < acknowledged || is > acknowledged + unknown)
        differing.push(`${key}: ${is}, not ${acknowledged} (+${unknown})`);
    }
    return differing;
  }

  async #run(client: RawClient, counter: Counter | undefined): Promise<void> {
    if (counter === undefined) return;
    const { pairs } = this.#options;
    const pipeline = Buffer.concat(
      Array.from({ length: pairs }, () => [
        encodeCommand('INCR', counter.key),
        encodeCommand('GET', counter.key),
      ]).flat(),
    );
    while (!this.#isStopping && this.wrong.length < 10) {
      client.send(pipeline);
      try {
        const replies = (await client.replies(pairs * 2)).toString('latin1').split('\r\n');
        this.#judge(counter, replies);
      } catch (error) {
        this.wrong.push(String(error));
        return;
      }
      this.rounds++;
    }
  }

  #judge(counter: Counter, lines: readonly string[]): void {
    let at = 0;
    for (let pair = 0; pair < this.#options.pairs; pair++) {
      const write = lines[at++] ?? '';
      if (UNKNOWN.test(write)) {
        this.unknown++;
        counter.unknown++;
      } else {
        this.#expect(counter, 'INCR', write.slice(1), 1);
      }
      let read = lines[at++] ?? '';
      if (read.startsWith('$') && read !== '$-1') read = lines[at++] ?? '';
      this.#expect(counter, 'GET', read === '$-1' ? '0' : read, 0);
    }
  }

  #expect(counter: Counter, command: string, said: string, more: 0 | 1): void {
    const value = Number(said);
    const least = counter.acknowledged + more;
    if (!(value >= least && value <= least + counter.unknown)) {
      this.wrong.push(`${command} ${counter.key}: ${said}, not ${least} (+${counter.unknown})`);
      return;
    }
    counter.unknown -= value - least;
    counter.acknowledged = value;
    // What was unknown has run, or never will: all of it was sent before.
    counter.unknown = 0;
  }
}
