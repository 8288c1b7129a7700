import type { Socket } from 'node:net';

/** Whether a client's socket is read: closed while its input buffer is full, so that back-pressure reaches the client. */
export class Faucet {
  readonly #socket: Socket;
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  set open(open: boolean) {
    if (open !== this.#closed) return;
    this.#closed = !open;
    if (open) this.#socket.resume();
    else this.#socket.pause();
  }
}
