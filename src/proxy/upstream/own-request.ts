import type { ReplySink } from './reply-sink.js';

/** Takes the replies to a request of the proxy's own, and looks at the first byte of each. */
export class OwnRequest implements ReplySink {
  readonly oneErrorEndsAll = true;
  readonly #onReply: (firstByte: number) => void;
  readonly #onLost: () => void;
  #inside = false;
  #firstByte = 0;

  constructor(onReply: (firstByte: number) => void, onLost: () => void = () => undefined) {
    this.#onReply = onReply;
    this.#onLost = onLost;
  }

  onReply(bytes: Buffer, start: number, _end: number, frames: number): void {
    if (!this.#inside) this.#firstByte = bytes[start] ?? 0;
    this.#inside = frames === 0;
    if (frames > 0) this.#onReply(this.#firstByte);
  }

  onLost(): void {
    this.#onLost();
  }
}
