import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { ConnectionRefusal } from '../../errors/refusal-table.js';
import { superviseTlsServer, tlsServerOptions, type TlsListenerOptions } from '../../tls/tls-server.js';

/**
 * Handshakes that are begun in one turn of the event loop. Each costs the processor up to a millisecond (an RSA
 * signature): a thousand clients that connect at once must not take it away from those that are there.
 */
const HANDSHAKES_PER_TURN = 4;

/** What comes of a connection that was taken: a secure one, or the reason why not. */
export interface TlsOutcome {
  secured(socket: TLSSocket): void;
  refused(reason: ConnectionRefusal, why: string): void;
}

/**
 * Makes accepted connections secure. The server does not listen itself: connections are handed to it, some in each turn,
 * once their first bytes are there. Whoever connects and says nothing waits outside and holds up nobody.
 */
export class TlsEntrance {
  readonly #server: Server;
  /** By the four numbers that make a TCP connection: all that a secure socket and the one below it have in common. */
  readonly #handshaking = new Map<string, TlsOutcome>();
  readonly #queue: (() => void)[] = [];

  constructor(options: TlsListenerOptions) {
    this.#server = createServer(tlsServerOptions(options));
    superviseTlsServer(this.#server, options, (reason, why, socket) => {
      this.#outcomeOf(socket)?.refused(reason, why);
    });
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      if (!socket.destroyed) this.#outcomeOf(socket)?.secured(socket);
    });
  }

  /** Takes a connection of which nothing has been read, or of which what was read was put back. */
  take(raw: Socket, outcome: TlsOutcome): void {
    if (raw.readableLength > 0) {
      this.#enqueue(raw, outcome);
      return;
    }
    raw.once('readable', () => {
      // It is the end that can be read.
      if (raw.readableLength === 0) raw.destroy();
      else this.#enqueue(raw, outcome);
    });
  }

  #enqueue(raw: Socket, outcome: TlsOutcome): void {
    this.#queue.push(() => {
      if (raw.destroyed) return;
      const key = keyOf(raw);
      this.#handshaking.set(key, outcome);
      raw.once('close', () => this.#handshaking.delete(key));
      this.#server.emit('connection', raw);
    });
    if (this.#queue.length === 1) setImmediate(this.#begin);
  }

  readonly #begin = (): void => {
    for (const begin of this.#queue.splice(0, HANDSHAKES_PER_TURN)) begin();
    if (this.#queue.length > 0) setImmediate(this.#begin);
  };

  #outcomeOf(socket: Socket): TlsOutcome | undefined {
    const key = keyOf(socket);
    const outcome = this.#handshaking.get(key);
    this.#handshaking.delete(key);
    return outcome;
  }
}

function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
