import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Parser from 'redis-parser';
import { encodeCommand } from '../support/raw-client.js';

export type Reply = string | number | null | Error | readonly Reply[];

/** No reply will come any more: the connection has ended, or the client gave it up. */
export class ConnectionLost extends Error {}

/** Where Holdfast, or a server, is reached; looked up anew for each connection. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** One connection of a client that resends nothing: each command gets its reply, or the connection's end. Error replies are values. */
export class Wire {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  /** Takes what no command waits for: messages. */
  #onMessage: (message: Reply) => void = () => undefined;
  #isSubscriber = false;
  #lost: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const parser = new Parser({
      returnReply: (reply: unknown) => this.#take(reply as Reply),
      returnError: (error: Error) => this.#take(error),
      returnFatalError: (error: Error) => this.#lose(new ConnectionLost(`not the protocol: ${error.message}`)),
    });
    socket.on('data', (chunk: Buffer) => parser.execute(chunk));
    socket.on('error', (error) => this.#lose(new ConnectionLost(error.message)));
    socket.on('close', () => this.#lose(new ConnectionLost('the connection ended')));
  }

  /** Rejects with {@link ConnectionLost} when nobody listens. */
  static async dial(target: Target): Promise<Wire> {
    const socket = connect({ ...target, noDelay: true });
    const wire = new Wire(socket);
    await once(socket, 'connect').catch(() => undefined);
    if (wire.#lost !== null) throw wire.#lost;
    return wire;
  }

  /** Why it has ended; `null` while it is open. */
  get lost(): Error | null {
    return this.#lost;
  }

  /**
   * Sends a command. A client that has waited for so long gives the whole connection up, as the replies behind would be shifted.
   * Rejects with {@link ConnectionLost} only.
   */
  send(words: readonly (string | Buffer)[], deadlineMs: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) {
        reject(this.#lost);
        return;
      }
      const name = String(words[0]);
      const timer = setTimeout(() => this.#lose(new ConnectionLost(`no reply to ${name} in time`)), deadlineMs);
      this.#waiting.push({ resolve, reject, timer });
      this.#socket.write(encodeCommand(...words));
    });
  }

  /** From now on, what is a message goes there. */
  subscriber(onMessage: (message: Reply) => void): void {
    this.#isSubscriber = true;
    this.#onMessage = onMessage;
  }

  close(): void {
    this.#lose(new ConnectionLost('closed'));
  }

  #take(reply: Reply): void {
    if (this.#isSubscriber && Array.isArray(reply) && reply[0] === 'message') {
      this.#onMessage(reply);
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#lose(new ConnectionLost(`a reply that nobody asked for: ${JSON.stringify(reply).slice(0, 200)}`));
      return;
    }
    clearTimeout(waiting.timer);
    waiting.resolve(reply);
  }

  #lose(error: Error): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    this.#socket.destroy();
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
  }
}
