import type { Client } from './client.js';
import { disconnect } from './disconnect.js';
import type { Shard } from '../shard.js';

/** How often it is looked: in between, a fast network brings some tens of MB. */
const LOOK_MS = 50;
/** From this share of the cap on, clients are asked to wait … */
const PRESSING_SHARE = 0.75;
/** … until it is less than this. */
const RELIEVED_SHARE = 0.5;

/**
 * Bounds what all clients together keep waiting in memory: requests that are held or incomplete, replies that are not
 * taken, queued transactions. Each client has bounds of its own, but ten thousand times a few MB is too much.
 *
 * 1. Nothing is counted on the way of a command: the process's memory for buffers is looked at now and then, and only
 *    when that is much, the clients are asked one by one.
 * 2. *Pressing*: a client that does not take its replies is not parsed any further and then not read (back-pressure), as
 *    long as it takes.
 * 3. Above the cap, the clients that keep the most are disconnected. What a server acknowledged is not undone by that.
 */
export class BufferCap {
  /** The clients are asked to wait. */
  pressing = false;
  readonly #shard: Shard;
  readonly #timer: NodeJS.Timeout;

  constructor(shard: Shard) {
    this.#shard = shard;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { maxBufferedBytes } = this.#shard.options;
    // Whatever waits is in buffers, so there is not more of it than of those.
    if (!this.pressing && process.memoryUsage().arrayBuffers < maxBufferedBytes * PRESSING_SHARE) return;
    const kept = this.#clients.map((client) => ({ client, bytes: client.keptBytes }));
    let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    const limit = maxBufferedBytes * (this.pressing ? RELIEVED_SHARE : PRESSING_SHARE);
    this.#press(total > limit, total);
    if (total <= maxBufferedBytes) return;
    kept.sort((one, other) => other.bytes - one.bytes);
    for (const { client, bytes } of kept) {
      if (total <= maxBufferedBytes) return;
      total -= bytes;
      // What it would still read is what there is too much of.
      disconnect(client, 'buffers-full', 'at-once');
    }
  }

  get #clients(): readonly Client[] {
    return [...this.#shard.clients.values()];
  }

  #press(pressing: boolean, bytes: number): void {
    if (pressing === this.pressing) return;
    this.pressing = pressing;
    const { log, maxBufferedBytes } = this.#shard.options;
    if (pressing)
      log.warn({ bytes, maxBufferedBytes }, 'clients keep much waiting: those that do not read are not read');
    else log.info({ bytes, maxBufferedBytes }, 'clients keep little waiting again');
    for (const client of this.#clients) client.output.tight = pressing || client.unauthenticated;
  }
}
