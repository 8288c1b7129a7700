import type { Socket } from 'node:net';

/** What an outbox does to a socket, in its order: `cork`, `uncork`, and what is written. */
export class FakeSocket {
  readonly calls: string[] = [];
  /** The very buffers, so that a test sees when one is changed while it may still be on its way. */
  readonly buffers: Buffer[] = [];
  writableLength = 0;

  cork(): void {
    this.calls.push('cork');
  }

  uncork(): void {
    this.calls.push('uncork');
  }

  write(bytes: Buffer): boolean {
    this.calls.push(`write ${bytes.length}`);
    this.buffers.push(bytes);
    return true;
  }

  /** All that was written, as it is by now. */
  get written(): string {
    return Buffer.concat(this.buffers).toString('latin1');
  }

  get socket(): Socket {
    return this as unknown as Socket;
  }
}
