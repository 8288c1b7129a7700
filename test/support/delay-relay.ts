import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Target {
  readonly host: string;
  readonly port: number;
}

/** Does something later; what is handed in later is done later. */
export type Delay = (act: () => void) => void;

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
  readonly #draw: () => Delay;

  private constructor(listener: Server, port: number, target: Target, draw: () => Delay) {
    this.#listener = listener;
    this.port = port;
    this.#target = target;
    this.#draw = draw;
    listener.on('connection', (client: Socket) => this.#accept(client));
  }

  /** @param draw asked for the delay of each connection, which it has each way. */
  static async start(target: Target, draw: () => Delay): Promise<DelayRelay> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
    return new DelayRelay(listener, address.port, target, draw);
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
    const later = this.#draw();
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes: Buffer) => later(() => to.write(bytes)));
      from.on('end', () => later(() => to.end()));
      // One side's end is the other side's end; why does not matter here.
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        later(() => to.destroy());
      });
    }
  }
}
