import type { Duplex } from 'node:stream';

/**
 * Carries messages between the coordinator and one member: each arrives once, whole, and in the order in which they were
 * sent, or the channel closes. Between processes of one machine this is a pair of sockets; between machines it would be a connection
 * with TLS, and nothing above it would be different.
 */
export interface Channel {
  /** Messages are plain data, as JSON has it. */
  send(message: unknown): void;
  onMessage(take: (message: unknown) => void): void;
  /** The other side is gone, or what it says can not be understood; called once. */
  onClosed(closed: () => void): void;
  close(): void;
}

/** More than this waiting to be taken means that nobody takes it: the other side stands still. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** A channel over a stream of bytes: one line of JSON for each message. */
export class StreamChannel implements Channel {
  readonly #stream: Duplex;
  #take: (message: unknown) => void = () => undefined;
  #closed: (() => void) | null = null;
  /** Of a line whose end has not come. */
  #begun: Buffer[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('error', () => stream.destroy());
    stream.on('end', () => stream.destroy());
    stream.on('close', () => {
      this.#closed?.();
      this.#closed = null;
    });
  }

  send(message: unknown): void {
    if (this.#stream.destroyed) return;
    this.#stream.write(`${JSON.stringify(message)}\n`);
    if (this.#stream.writableLength > MAX_BACKLOG_BYTES) this.#stream.destroy();
  }

  onMessage(take: (message: unknown) => void): void {
    this.#take = take;
  }

  onClosed(closed: () => void): void {
    this.#closed = closed;
  }

  close(): void {
    this.#stream.destroy();
  }

  #read(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...this.#begun, chunk.subarray(start, end)]).toString();
      this.#begun = [];
      start = end + 1;
      if (!this.#understand(line)) return;
    }
    if (start < chunk.length) this.#begun.push(chunk.subarray(start));
  }

  #understand(line: string): boolean {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#stream.destroy();
      return false;
    }
    this.#take(message);
    return true;
  }
}
