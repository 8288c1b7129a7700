import type { Socket } from 'node:net';
import type { Reader } from './reply-sink.js';
import { OUTPUT_HIGH_BYTES, OUTPUT_MAX_BYTES, STREAM_HIGH_BYTES } from './client-limits.js';

/** What leaves towards a client, and how much of it the client has not taken yet. */
export class Output implements Reader {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get empty(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** The client does not read what it asked for: it is not parsed further. */
  get high(): boolean {
    return this.#socket.writableLength > OUTPUT_HIGH_BYTES;
  }

  get backedUp(): boolean {
    return this.#socket.writableLength > STREAM_HIGH_BYTES;
  }

  onceTaken(wake: () => void): void {
    const socket = this.#socket;
    const taken = (): void => {
      socket.off('drain', taken).off('close', taken);
      wake();
    };
    if (socket.destroyed) wake();
    else socket.on('drain', taken).on('close', taken);
  }

  /** Writes, unless the last word has been said; a client that never reads loses its connection. */
  write(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket.writableEnded) return;
    if (!socket.write(bytes) && socket.writableLength > OUTPUT_MAX_BYTES) socket.destroy();
  }
}
