/**
 * Finds where requests end, without decoding them.
 *
 * Stricter than Redis in one respect on purpose: a line must end in CR LF and a bulk must be followed by CR LF. Redis
 * skips two bytes unread there; a proxy that shared such bytes on a lane would bet that every server skips them the
 * same way, and a lost bet lets one client write into another's stream.
 */

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;

/** Longest inline request and longest count line, as in Redis (`PROTO_INLINE_MAX_SIZE`). */
export const MAX_LINE_BYTES = 64 * 1024;
/** Most arguments of one request, as in Redis 7 (`networking.c`, `processMultibulkBuffer`). Costs nothing: no memory is set aside for a count. */
const MAX_ARGUMENTS = 2 ** 31 - 1;
/**
 * Longest name of a command. What follows the name can be passed on as it arrives; the name itself has to be gathered,
 * and Redis would gather 512 MB of it only to say that it knows no such command.
 */
export const MAX_NAME_BYTES = 64 * 1024;
/** What an unauthenticated connection may send, as in Redis (CVE-2025-21605 and older). */
export const UNAUTHENTICATED_ARGUMENTS = 10;
export const UNAUTHENTICATED_BULK_BYTES = 16 * 1024;

/** What {@link RequestScanner.scan} found. */
export const Scan = {
  /** A whole request stands at `frameStart … frameEnd`. */
  Complete: 0,
  /** The bytes end inside a request; call again with more, `frameStart` at the same byte. */
  Partial: 1,
  /** A whole inline request (`PING\r\n`) stands there. */
  Inline: 2,
  /** Bytes that are no request and get no answer: an empty line, `*0`, `*-1`. */
  Empty: 3,
  /** Not RESP; `error` has Redis' words. The connection can not go on. */
  Invalid: 4,
} as const;
export type Scan = (typeof Scan)[keyof typeof Scan];

export interface RequestLimits {
  /** `proto-max-bulk-len` of the servers. */
  readonly maxBulkBytes: number;
}

/**
 * Resumable: what was scanned of a partial request is not scanned again. After `Complete` the fields say where it ends
 * and where its first two arguments are. All positions are absolute in the buffer given to the last call.
 */
export class RequestScanner {
  readonly #limits: RequestLimits;
  frameEnd = 0;
  /** Number of arguments, the command's name included. */
  argumentCount = 0;
  nameStart = 0;
  nameLength = 0;
  /** The second argument (a subcommand, a key), or length -1 when there is none. */
  secondStart = 0;
  secondLength = -1;
  /** Redis' words for what is wrong, without `-ERR `. */
  error = '';
  /** Bytes that the partial request at hand is known to need, at least; grows with each bulk header. 0 between requests. */
  expectedBytes = 0;
  /** True until the client has proven who it is; then the small limits end. */
  unauthenticated = false;

  // Resume state, relative to the frame's start.
  #argumentsLeft = -1;
  #offset = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** True between a `Partial` and the end of that request. */
  get insideRequest(): boolean {
    return this.#offset > 0;
  }

  /** True when the first argument of a partial request is there in full. */
  get nameKnown(): boolean {
    return this.#offset > 0 && this.#argumentsLeft >= 0 && this.#argumentsLeft < this.argumentCount;
  }

  /** The request at hand is somebody else's business now; the next byte begins another. */
  forget(): void {
    this.#reset();
  }

  scan(bytes: Buffer, frameStart: number, end: number): Scan {
    let at = frameStart + this.#offset;
    let left = this.#argumentsLeft;
    if (left < 0) {
      if (at >= end) return Scan.Partial;
      if (bytes[at] !== STAR) return this.#scanInline(bytes, frameStart, end);
      const lineEnd = findLineEnd(bytes, at + 1, end);
      if (lineEnd < 0) {
        if (end - at > MAX_LINE_BYTES) return this.#invalid('Protocol error: too big mbulk count string');
        this.expectedBytes = end - frameStart + 1;
        return Scan.Partial;
      }
      const count = parseInteger(bytes, at + 1, lineEnd);
      if (bytes[lineEnd + 1] !== LF || Number.isNaN(count) || count > MAX_ARGUMENTS) {
        return this.#invalid('Protocol error: invalid multibulk length');
      }
      if (this.unauthenticated && count > UNAUTHENTICATED_ARGUMENTS) {
        return this.#invalid('Protocol error: unauthenticated multibulk length');
      }
      at = lineEnd + 2;
      if (count <= 0) {
        this.frameEnd = at;
        this.#reset();
        return Scan.Empty;
      }
      left = count;
      this.argumentCount = count;
      this.secondLength = -1;
    }

    while (left > 0) {
      if (at >= end) return this.#partial(frameStart, at, left, 1);
      if (bytes[at] !== DOLLAR) {
        const got = String.fromCharCode(bytes[at] ?? 0);
        return this.#invalid(`Protocol error: expected '$', got '${got}'`);
      }
      let length = -1;
      let header = at + 1;
      // Most lengths have one to three digits and are there in full.
      if (at + 5 < end) {
        let digit = (bytes[header] ?? 0) - 48;
        if (digit > 0 && digit <= 9) {
          length = digit;
          digit = (bytes[++header] ?? 0) - 48;
          if (digit >= 0 && digit <= 9) {
            length = length * 10 + digit;
            digit = (bytes[++header] ?? 0) - 48;
            if (digit >= 0 && digit <= 9) {
              length = length * 10 + digit;
              header++;
            }
          }
          if (bytes[header] !== CR) length = -1;
        }
      }
      if (length < 0) {
        header = findLineEnd(bytes, at + 1, end);
        if (header < 0) {
          if (end - at > MAX_LINE_BYTES) return this.#invalid('Protocol error: too big bulk count string');
          return this.#partial(frameStart, at, left, end - at + 1);
        }
        length = parseInteger(bytes, at + 1, header);
        if (Number.isNaN(length) || length < 0 || length > this.#limits.maxBulkBytes) {
          return this.#invalid('Protocol error: invalid bulk length');
        }
        if (this.unauthenticated && length > UNAUTHENTICATED_BULK_BYTES) {
          return this.#invalid('Protocol error: unauthenticated bulk length');
        }
        if (left === this.argumentCount && length > MAX_NAME_BYTES) {
          return this.#invalid('Protocol error: invalid bulk length');
        }
      }
      if (header + 1 >= end) return this.#partial(frameStart, at, left, end - at + 1);
      if (bytes[header + 1] !== LF) return this.#invalid('Protocol error: invalid bulk length');
      const dataStart = header + 2;
      const next = dataStart + length + 2;
      if (next > end) return this.#partial(frameStart, at, left, next - at);
      if (bytes[next - 2] !== CR || bytes[next - 1] !== LF) {
        return this.#invalid('Protocol error: expected CR LF behind a bulk');
      }
      const index = this.argumentCount - left;
      if (index === 0) {
        this.nameStart = dataStart - frameStart;
        this.nameLength = length;
      } else if (index === 1) {
        this.secondStart = dataStart - frameStart;
        this.secondLength = length;
      }
      at = next;
      left--;
    }
    this.nameStart += frameStart;
    this.secondStart += frameStart;
    this.frameEnd = at;
    this.#reset();
    return Scan.Complete;
  }

  #scanInline(bytes: Buffer, start: number, end: number): Scan {
    const rest = bytes.subarray(start, end);
    const found = rest.indexOf(LF);
    // Redis looks for the end of the line as C looks through a string: a NUL hides it.
    const newline = found >= 0 && rest.subarray(0, found).includes(0) ? -1 : found;
    if (newline < 0) {
      if (end - start > MAX_LINE_BYTES) return this.#invalid('Protocol error: too big inline request');
      this.expectedBytes = end - start + 1;
      return Scan.Partial;
    }
    if (newline > MAX_LINE_BYTES) return this.#invalid('Protocol error: too big inline request');
    this.frameEnd = start + newline + 1;
    this.expectedBytes = 0;
    const blank = newline === 0 || (newline === 1 && bytes[start] === CR);
    return blank ? Scan.Empty : Scan.Inline;
  }

  #partial(frameStart: number, at: number, left: number, more: number): Scan {
    this.#offset = at - frameStart;
    this.#argumentsLeft = left;
    this.expectedBytes = this.#offset + more;
    return Scan.Partial;
  }

  #invalid(error: string): Scan {
    this.error = error;
    return Scan.Invalid;
  }

  #reset(): void {
    this.#offset = 0;
    this.#argumentsLeft = -1;
    this.expectedBytes = 0;
  }
}

function findLineEnd(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at + 1 < end; at++) {
    if (bytes[at] === CR) return at;
    // A count has at most 20 characters; more can only be garbage, and the caller's limit ends it.
    if (at - from > MAX_LINE_BYTES) return -1;
  }
  return -1;
}

/** More digits are beyond every limit; fewer than Redis reads (19), which only nonsense can tell. */
const MAX_DIGITS = 18;

/** A decimal integer written as Redis' `string2ll` takes it: no plus sign, no leading zeros. NaN otherwise. */
function parseInteger(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === 45;
  let at = negative ? start + 1 : start;
  const digits = end - at;
  if (digits < 1 || digits > MAX_DIGITS) return Number.NaN;
  if (bytes[at] === 48) return digits === 1 && !negative ? 0 : Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
