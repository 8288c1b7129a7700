import { RawClient } from '../raw-client.js';
import type { RedisServer } from '../redis-server.js';

/** One lasting connection to the server behind a double: questions go out one after the other, without a handshake each. */
export class ServerTalk {
  readonly #server: RedisServer;
  #client: RawClient | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(server: RedisServer) {
    this.#server = server;
  }

  /** @returns the reply as it came; rejects with the server's error, or when it is not there. */
  ask(...args: readonly string[]): Promise<string> {
    const answer = this.#last.then(() => this.#ask(args));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** The fields of an INFO section. */
  async info(section: string): Promise<ReadonlyMap<string, string>> {
    const lines = (await this.ask('INFO', section)).split('\r\n').filter((line) => /^\w+:/.test(line));
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  }

  close(): void {
    this.#client?.close();
  }

  async #ask(args: readonly string[]): Promise<string> {
    if (this.#client === null || this.#client.isEnded) this.#client = await RawClient.connect(this.#server.target);
    const reply = await this.#client.call(...args);
    if (reply.startsWith('-')) throw new Error(reply);
    return reply;
  }
}
