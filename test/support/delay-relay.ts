import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { SeededRandom } from '../unit/resp/seeded-random.js';

interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * A way to a server on which each connection has its own delay, drawn once: what is sent over it later never overtakes
 * what was sent before, but two connections overtake each other as they do over a real network.
 */
export class DelayRelay {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #listener: Server;
  readonly #target: Target;
  readonly #sockets = new Set<Socket>();
  readonly #random: SeededRandom;
  readonly #maxDelayMs: number;

  private constructor(listener: Server, port: number, target: Target, seed: number, maxDelayMs: number) {
    this.#listener = listener;
    this.port = port;
    this.#target = target;
    this.#random = new SeededRandom(seed);
    this.#maxDelayMs = maxDelayMs;
    listener.on('connection', (client: Socket) => this.#accept(client));
  }

  /** @param maxDelayMs the longest delay of a connection, each way. */
  static async start(target: Target, seed: number, maxDelayMs: number): Promise<DelayRelay> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
    return new DelayRelay(listener, address.port, target, seed, maxDelayMs);
  }

  /** The address as Holdfast is told it. */
  get id(): string {
    return `${this.host}:${this.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true });
    client.setNoDelay(true);
    // Half of the connections are quick: the races are those of a quick one with a slow one.
    const delayMs = this.#random.below(2) === 0 ? 0 : 1 + this.#random.below(this.#maxDelayMs);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes: Buffer) => later(delayMs, () => to.write(bytes)));
      from.on('end', () => later(delayMs, () => to.end()));
      // One side's end is the other side's end; why does not matter here.
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        later(delayMs, () => to.destroy());
      });
    }
  }
}

/** Timers of one length ring in the order in which they were set, so nothing overtakes on one connection. */
function later(delayMs: number, act: () => void): void {
  if (delayMs === 0) act();
  else setTimeout(act, delayMs);
}
