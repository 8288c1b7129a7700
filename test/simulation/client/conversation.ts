import Parser from 'redis-parser';
import { encodeWords } from '../server/answer.js';
import type { Endpoint } from '../world/endpoint.js';
import type { Network } from '../world/network.js';
import type { SimProcess } from '../world/sim-process.js';

/** A reply as redis-parser gives it; errors are `Error`. `undefined`: the connection ended before it came. */
export type SimReply = string | number | null | Error | readonly SimReply[] | undefined;

/** What is sent at once, and who gets the replies. */
export interface Exchange {
  readonly words: readonly string[];
  readonly replied: (reply: SimReply) => void;
}

/** One connection of an application: requests go out, replies come back in order; it knows nothing of proxies. */
export class Conversation {
  /** Called with what answers no request. */
  onMessage: (message: readonly SimReply[]) => void = () => undefined;
  /** Called once, when the connection has ended, behind the last `replied`. */
  onEnd: () => void = () => undefined;
  readonly #endpoint: Endpoint;
  readonly #awaited: ((reply: SimReply) => void)[] = [];
  readonly #parser: Parser;
  #over = false;

  constructor(network: Network, process: SimProcess, address: string) {
    this.#endpoint = network.connect(process, address);
    this.#parser = new Parser({
      returnReply: (reply: unknown) => this.#onReply(reply as SimReply),
      returnError: (error: Error) => this.#onReply(error),
      returnFatalError: (error: Error) => {
        throw new Error(`an application was sent what is not the protocol: ${error.message}`);
      },
    });
    const ended = (): void => this.end();
    this.#endpoint.events = {
      opened: () => undefined,
      data: (bytes) => this.#parser.execute(bytes),
      ended,
      failed: ended,
      taken: () => undefined,
    };
    this.#endpoint.reading = true;
  }

  get idle(): boolean {
    return this.#awaited.length === 0;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Sends all of it in one write. */
  say(exchanges: readonly Exchange[]): void {
    if (this.#over) {
      for (const { replied } of exchanges) replied(undefined);
      return;
    }
    for (const { replied } of exchanges) this.#awaited.push(replied);
    this.#endpoint.send(Buffer.from(exchanges.map(({ words }) => encodeWords(words)).join('')));
  }

  /** Hangs up. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#endpoint.close();
    for (const replied of this.#awaited.splice(0)) replied(undefined);
    this.onEnd();
  }

  /** The network breaks the connection. */
  reset(): void {
    this.#endpoint.reset();
  }

  #onReply(reply: SimReply): void {
    if (Array.isArray(reply) && reply[0] === 'message') {
      this.onMessage(reply as readonly SimReply[]);
      return;
    }
    const replied = this.#awaited.shift();
    if (replied === undefined) throw new Error(`an application was sent what it had not asked for: ${String(reply)}`);
    replied(reply);
  }
}
