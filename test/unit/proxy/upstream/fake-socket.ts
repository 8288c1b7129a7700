import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** As of Node's sockets. */
const HIGH_WATER_BYTES = 16 * 1024;

type WriteCallback = (error?: Error | null) => void;

/** What is done to a socket, in its order: `cork`, `uncork`, and what is written. */
export class FakeSocket extends EventEmitter {
  readonly calls: string[] = [];
  /** What has left, copied; and behind it the very buffers that are still on their way, so that a test sees when one is changed. */
  readonly buffers: Buffer[] = [];
  /** Whether the kernel takes a write at once; otherwise it waits for {@link drain}. */
  takesAtOnce = false;
  writableLength = 0;
  readonly writable = true;
  /** So much is unsent that the end of it is told. */
  writableNeedDrain = false;
  #corked = false;
  readonly #left: WriteCallback[] = [];

  cork(): void {
    this.calls.push('cork');
    this.#corked = true;
  }

  uncork(): void {
    this.calls.push('uncork');
    this.#corked = false;
    if (this.takesAtOnce) this.drain();
  }

  write(bytes: Buffer, left?: WriteCallback): boolean {
    this.calls.push(`write ${bytes.length}`);
    const taken = this.takesAtOnce && !this.#corked && this.writableLength === 0;
    this.buffers.push(taken ? Buffer.from(bytes) : bytes);
    if (!taken) this.writableLength += bytes.length;
    this.writableNeedDrain ||= this.writableLength >= HIGH_WATER_BYTES;
    if (left !== undefined) this.#left.push(left);
    return true;
  }

  /** Tells those who want to know that what they wrote has left, or that it has not. */
  report(error: Error | null): void {
    for (const left of this.#left.splice(0)) left(error);
  }

  /** The kernel has taken everything. */
  drain(): void {
    for (const [at, bytes] of this.buffers.entries()) this.buffers[at] = Buffer.from(bytes);
    this.writableLength = 0;
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  /** All that was written, as it is by now. */
  get written(): string {
    return Buffer.concat(this.buffers).toString('latin1');
  }

  get socket(): Socket {
    return this as unknown as Socket;
  }
}
