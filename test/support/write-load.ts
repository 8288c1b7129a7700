import { RawClient, type RawTarget } from './raw-client.js';
import { until } from './until.js';

/** Connections that write straight to a server, one INCR after the other, until they are refused or cut off. */
export class WriteLoad {
  readonly #clients: readonly RawClient[];
  readonly #runs: Promise<string>[];
  readonly #acknowledged = new Map<string, number>();

  private constructor(clients: readonly RawClient[], tag: string) {
    this.#clients = clients;
    this.#runs = clients.map((client, index) => this.#run(client, `${tag}counter:${client.socket.localPort}:${index}`));
  }

  /** @param tag stands before the keys: in a cluster it decides which shard has them (`{x}`). */
  static async start(target: RawTarget, connections: number, tag = ''): Promise<WriteLoad> {
    const clients = await Promise.all(Array.from({ length: connections }, () => RawClient.connect(target)));
    return new WriteLoad(clients, tag);
  }

  /** Settles when that many more writes have been acknowledged. */
  async acknowledged(more: number): Promise<void> {
    const enough = this.#total() + more;
    await until(`${enough} writes are acknowledged`, () => this.#total() >= enough);
  }

  /** The last acknowledged value of each counter. */
  counters(): ReadonlyMap<string, number> {
    return this.#acknowledged;
  }

  /** Settles when every connection has met an error. @returns the error replies, or why the connection ended. */
  async ended(): Promise<readonly string[]> {
    const ends = await Promise.all(this.#runs);
    for (const client of this.#clients) client.close();
    return ends;
  }

  /** Ends all connections; what is in flight gets no answer. */
  stop(): void {
    for (const client of this.#clients) client.close();
  }

  async #run(client: RawClient, key: string): Promise<string> {
    for (;;) {
      try {
        const reply = await client.call('INCR', key);
        if (!reply.startsWith(':')) return reply;
        this.#acknowledged.set(key, Number(reply.slice(1)));
      } catch (error) {
        return String(error);
      }
    }
  }

  #total(): number {
    let total = 0;
    for (const count of this.#acknowledged.values()) total += count;
    return total;
  }
}
