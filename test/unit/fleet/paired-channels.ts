import type { Channel } from '../../../src/fleet/channel.js';

/** One end of a channel within this process; messages are copied, as on their way between processes. */
class End implements Channel {
  other: End | null = null;
  #take: (message: unknown) => void = () => undefined;
  #closed: () => void = () => undefined;
  #isClosed = false;

  send(message: unknown): void {
    const text = JSON.stringify(message);
    setImmediate(() => {
      if (!this.#isClosed) this.other?.arrive(JSON.parse(text));
    });
  }

  arrive(message: unknown): void {
    this.#take(message);
  }

  onMessage(take: (message: unknown) => void): void {
    this.#take = take;
  }

  onClosed(closed: () => void): void {
    this.#closed = closed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed();
    this.other?.close();
  }
}

/** Both ends of a channel. */
export function pairedChannels(): readonly [Channel, Channel] {
  const [one, other] = [new End(), new End()];
  one.other = other;
  other.other = one;
  return [one, other];
}
