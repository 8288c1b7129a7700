import { setImmediate as nextTurn } from 'node:timers/promises';
import { frameEnd } from '../../../support/frame-end.js';
import type { RawClient } from '../../../support/raw-client.js';
import { Dice } from './dice.js';
import type { Item } from './sequence.js';

/** A connection and the frames that came over it and were not taken yet. */
export class Voice {
  readonly client: RawClient;
  readonly port: number;
  #counted = 0;
  #whole = 0;

  constructor(client: RawClient) {
    this.client = client;
    this.port = client.socket.localPort ?? 0;
  }

  /** How many whole frames have come. */
  get count(): number {
    const { received } = this.client;
    while (this.#whole < received.length) {
      const end = frameEnd(received, this.#whole);
      if (end < 0) break;
      this.#whole = end;
      this.#counted++;
    }
    return this.#counted;
  }

  /** Part of a frame has come, and its end has not. */
  get inFrame(): boolean {
    return this.count >= 0 && this.#whole < this.client.received.length;
  }

  /** Takes all whole frames. */
  async take(): Promise<readonly Buffer[]> {
    const { count } = this;
    this.#counted = 0;
    this.#whole = 0;
    const bytes = await this.client.replies(count);
    const frames: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = frameEnd(bytes, at);
      frames.push(bytes.subarray(at, end));
      at = end;
    }
    return frames;
  }

  /** Says the items, in pieces where `cut` is a seed. */
  async say(items: readonly Item[], cut: number, replace: (word: string) => string): Promise<void> {
    const bytes = Buffer.concat(items.map((item) => encode(item, replace)));
    if (cut === 0) {
      this.client.send(bytes);
      return;
    }
    const dice = new Dice(cut);
    const longest = Math.max(1, Math.ceil(bytes.length / dice.between(1, 12)));
    for (let at = 0; at < bytes.length && !this.client.isEnded;) {
      const length = dice.between(1, longest);
      this.client.send(bytes.subarray(at, at + length));
      at += length;
      await nextTurn();
    }
  }
}

function encode(item: Item, replace: (word: string) => string): Buffer {
  if ('raw' in item) return Buffer.from(item.raw, 'latin1');
  const words = item.words.map(replace);
  return Buffer.from(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`, 'latin1');
}
