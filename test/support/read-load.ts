import { RawClient, type RawTarget } from './raw-client.js';

/** Connections that read one key, one GET after the other, until they are answered otherwise or cut off. */
export class ReadLoad {
  readonly #runs: readonly Promise<string>[];
  /** Replies that were as they should be. */
  answered = 0;

  private constructor(clients: readonly RawClient[], key: string, expected: string) {
    this.#runs = clients.map((client) => this.#run(client, key, expected));
  }

  /** @param expected the reply to GET, as it comes. */
  static async start(target: RawTarget, connections: number, key: string, expected: string): Promise<ReadLoad> {
    const clients = await Promise.all(Array.from({ length: connections }, () => RawClient.connect(target)));
    return new ReadLoad(clients, key, expected);
  }

  /** Settles when every connection has ended. @returns the replies that were not expected, or why the connection ended. */
  ended(): Promise<readonly string[]> {
    return Promise.all(this.#runs);
  }

  async #run(client: RawClient, key: string, expected: string): Promise<string> {
    try {
      for (;;) {
        const reply = await client.call('GET', key);
        if (reply !== expected) return reply;
        this.answered += 1;
      }
    } catch (error) {
      return String(error);
    } finally {
      client.close();
    }
  }
}
