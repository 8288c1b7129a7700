import { decodeRequest } from '../resp/decode.js';
import { splitInline } from '../resp/inline.js';

const CR = 0x0d;
const LF = 0x0a;
const ASTERISK = 0x2a;
const DOLLAR = 0x24;

/** Redis' `PROTO_INLINE_MAX_SIZE`: an inline command, or a length header, that has no end by then is garbage. */
const MAX_LINE_BYTES = 64 * 1024;

/** How much a client may send; the texts of the errors are Redis' own. */
export interface RequestLimits {
  readonly maxArguments: number;
  readonly maxArgumentBytes: number;
  readonly maxRequestBytes: number;
  /** Put before the errors of the two first, as Redis does before AUTH (`unauthenticated `). */
  readonly errorPrefix: string;
}

/** The stream of requests makes no sense any more; the connection is answered with this and closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(detail: string) {
    super(`Protocol error: ${detail}`);
  }
}

/**
 * Requests out of bytes. redis-parser decodes them, but it believes every length it reads and takes inline commands for
 * broken replies; so this class finds the end of each request first, holding every length against the limits *before*
 * anything is allocated for it, and hands over only what is whole and within bounds.
 *
 * ```
 *  #buffer: ....consumed....|#start ── whole arguments ──|#cursor ── not looked at yet ──|#end
 * ```
 */
export class RequestDecoder {
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #cursor = 0;
  #end = 0;
  /** Where the search for the end of the current line goes on: bytes are looked at once, however they trickle in. */
  #searched = 0;
  /** Arguments of the request at #start that are still to come; null between requests. */
  #missing: number | null = null;

  /** Bytes that were pushed and belong to no request that was returned yet. */
  get bufferedBytes(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    this.#makeRoom(chunk.length);
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next whole request, or null when more bytes are needed. Empty requests are skipped, as Redis does.
   *
   * @throws {ProtocolError}
   */
  next(limits: RequestLimits): string[] | null {
    for (;;) {
      if (this.#missing === null) {
        const inline = this.#beginRequest(limits);
        if (inline === null) return null;
        if (inline.length > 0) return inline;
        if (this.#missing === null) continue;
      }
      if (!this.#skipArguments(limits)) return null;
      return this.#takeRequest();
    }
  }

  /** @returns the arguments of an inline command; empty: a header was read (or an empty request); null: more bytes needed. */
  #beginRequest(limits: RequestLimits): string[] | null {
    if (this.#start === this.#end) return null;
    if (this.#buffer[this.#start] !== ASTERISK) return this.#takeInline(limits);
    const header = this.#line(CR, 'too big mbulk count string');
    if (header === null) return null;
    const count = parseLength(header);
    if (count === null || count > 1024 * 1024) throw new ProtocolError('invalid multibulk length');
    if (count > limits.maxArguments) throw new ProtocolError(`${limits.errorPrefix || 'invalid '}multibulk length`);
    if (count > 0) this.#missing = count;
    else this.#start = this.#cursor;
    return [];
  }

  #takeInline(limits: RequestLimits): string[] | null {
    const line = this.#line(LF, 'too big inline request');
    if (line === null) return null;
    const found = splitInline(line);
    if (found === null) throw new ProtocolError('unbalanced quotes in request');
    if (found.length > limits.maxArguments)
      throw new ProtocolError(`${limits.errorPrefix || 'invalid '}multibulk length`);
    this.#start = this.#cursor;
    return found.map(String);
  }

  /** @returns whether all arguments of the request at #start are there. */
  #skipArguments(limits: RequestLimits): boolean {
    for (; this.#missing !== null && this.#missing > 0; this.#missing -= 1) {
      const lineStart = this.#cursor;
      const header = this.#line(CR, 'too big bulk count string');
      if (header === null) return false;
      if (this.#buffer[lineStart] !== DOLLAR) throw new ProtocolError(`expected '$', got '${printable(header[0])}'`);
      const length = parseLength(header);
      if (length === null || length < 0) throw new ProtocolError('invalid bulk length');
      if (length > limits.maxArgumentBytes) throw new ProtocolError(`${limits.errorPrefix || 'invalid '}bulk length`);
      const end = this.#cursor + length + 2;
      if (end - this.#start > limits.maxRequestBytes) throw new ProtocolError('too big request');
      if (end > this.#end) {
        // The header is read again with the next bytes: one line, so the work stays in proportion.
        this.#cursor = lineStart;
        this.#searched = lineStart;
        return false;
      }
      this.#cursor = end;
      this.#searched = end;
    }
    return true;
  }

  #takeRequest(): string[] {
    const frame = this.#buffer.subarray(this.#start, this.#cursor);
    this.#start = this.#cursor;
    this.#missing = null;
    return decodeRequest(frame).map(String);
  }

  /** The line at #cursor without its end, #cursor moved behind it; null while its end has not come. */
  #line(terminator: typeof CR | typeof LF, tooLong: string): Buffer | null {
    const at = this.#buffer.subarray(0, this.#end).indexOf(terminator, this.#searched);
    const lineEnd = at === -1 ? this.#end : at;
    if (lineEnd - this.#cursor > MAX_LINE_BYTES) throw new ProtocolError(tooLong);
    // A header ends with CR LF: its CR alone is not the end yet.
    if (at === -1 || (terminator === CR && at + 1 >= this.#end)) {
      this.#searched = lineEnd;
      return null;
    }
    const line = this.#buffer.subarray(this.#cursor, at);
    this.#cursor = at + (terminator === CR ? 2 : 1);
    this.#searched = this.#cursor;
    return line;
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const kept = this.bufferedBytes;
    // Doubling keeps a request that trickles in byte by byte from being copied once per byte.
    const room = Buffer.alloc(Math.max(4096, (kept + bytes) * 2));
    this.#buffer.copy(room, 0, this.#start, this.#end);
    this.#cursor -= this.#start;
    this.#searched -= this.#start;
    this.#end = kept;
    this.#start = 0;
    this.#buffer = room;
  }
}

/** The number behind the type byte, as Redis' `string2ll` reads it: no plus, no leading zeros, no blanks. */
function parseLength(header: Buffer): number | null {
  const digits = header.toString('latin1', 1);
  return /^(?:0|-?[1-9]\d{0,14})$/.test(digits) ? Number(digits) : null;
}

function printable(byte: number | undefined): string {
  return byte !== undefined && byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '?';
}
