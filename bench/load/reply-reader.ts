const CR = 0x0d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const DOLLAR = 0x24;

/** What {@link ReplyReader} found; each call is one reply. Buffers are valid during the call only. */
export interface ReplySink {
  ok(): void;
  error(text: string): void;
  integer(value: number): void;
  bulk(buffer: Buffer, start: number, end: number): void;
  nil(): void;
}

/**
 * Reads the RESP2 replies that SET, INCR, RPUSH and GET can have; nothing else belongs here. It makes no object per
 * reply, since the load must not be what limits a measurement.
 */
export class ReplyReader {
  readonly #sink: ReplySink;
  #rest: Buffer | null = null;

  constructor(sink: ReplySink) {
    this.#sink = sink;
  }

  /** @throws Error on bytes that no reply of the load's commands can have; the connection is of no use then. */
  push(chunk: Buffer): void {
    const buffer = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at < buffer.length) {
      const next = this.#one(buffer, at);
      if (next < 0) break;
      at = next;
    }
    this.#rest = at < buffer.length ? buffer.subarray(at) : null;
  }

  /** @returns where the next reply starts, or -1 when this one is not whole yet. */
  #one(buffer: Buffer, at: number): number {
    const lineEnd = buffer.indexOf(CR, at + 1);
    if (lineEnd < 0 || lineEnd + 1 >= buffer.length) return -1;
    const next = lineEnd + 2;
    switch (buffer[at]) {
      case PLUS:
        this.#sink.ok();
        return next;
      case MINUS:
        this.#sink.error(buffer.toString('latin1', at + 1, lineEnd));
        return next;
      case COLON:
        this.#sink.integer(readInteger(buffer, at + 1, lineEnd));
        return next;
      case DOLLAR:
        return this.#bulk(buffer, readInteger(buffer, at + 1, lineEnd), next);
      default:
        throw new Error(
          `unexpected reply ${JSON.stringify(buffer.toString('latin1', at, Math.min(lineEnd, at + 64)))}`,
        );
    }
  }

  #bulk(buffer: Buffer, length: number, start: number): number {
    if (length < 0) {
      this.#sink.nil();
      return start;
    }
    const end = start + length;
    if (end + 2 > buffer.length) return -1;
    this.#sink.bulk(buffer, start, end);
    return end + 2;
  }
}

function readInteger(buffer: Buffer, start: number, end: number): number {
  const negative = buffer[start] === MINUS;
  let value = 0;
  for (let index = negative ? start + 1 : start; index < end; index++) {
    const digit = (buffer[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9)
      throw new Error(`not an integer: ${JSON.stringify(buffer.toString('latin1', start, end))}`);
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
