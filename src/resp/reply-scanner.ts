/**
 * Finds where replies end, RESP2 and RESP3, without decoding them. Resumable at every byte; keeps only counters, so
 * neither depth nor size of a reply costs memory.
 *
 * The grammar: https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md. Streamed strings and
 * aggregates (`$?`, `*?`) are sent by no server and count as garbage.
 */

const CR = 13;
const LF = 10;

/** Where in the grammar the next byte stands. */
const State = { Type: 0, Number: 1, NumberLf: 2, Line: 3, LineLf: 4, Bulk: 5 } as const;

/** First byte of a frame that matters to the proxy. */
export const FrameType = { Array: 42, Error: 45, Integer: 58 } as const;

/** Thrown when the bytes are no reply; the connection they came from has lost count and must be closed. */
export class ReplySyntaxError extends Error {
  override readonly name = 'ReplySyntaxError';
}

export class ReplyScanner {
  /** First byte of the current (or, after a complete scan, the last) frame. */
  frameType = 0;

  #state: number = State.Type;
  /** Elements still to come in this frame, nested ones included. */
  #elementsLeft = 0;
  #kind = 0;
  #number = 0;
  #digits = 0;
  #negative = false;
  #bulkLeft = 0;

  /** True between frames. */
  get atBoundary(): boolean {
    return this.#elementsLeft === 0;
  }

  /**
   * @returns the position behind the frame, or -1 when `end` came first (all bytes are consumed then).
   * @throws {ReplySyntaxError}
   */
  scan(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#elementsLeft === 0) {
      if (at >= end) return -1;
      this.#elementsLeft = 1;
      this.frameType = bytes[at] ?? 0;
    }
    while (at < end) {
      switch (this.#state) {
        case State.Type: {
          this.#kind = bytes[at++] ?? 0;
          switch (this.#kind) {
            case 36: // $
            case 42: // *
            case 37: // %
            case 126: // ~
            case 62: // >
            case 124: // |
            case 33: // !
            case 61: // =
              this.#number = 0;
              this.#digits = 0;
              this.#negative = false;
              this.#state = State.Number;
              break;
            case 43: // +
            case 45: // -
            case 58: // :
            case 95: // _
            case 35: // #
            case 44: // ,
            case 40: // (
              this.#state = State.Line;
              break;
            default:
              throw new ReplySyntaxError(`a reply can not begin with byte ${this.#kind}`);
          }
          break;
        }
        case State.Number: {
          const byte = bytes[at++] ?? 0;
          if (byte >= 48 && byte <= 57) {
            this.#number = this.#number * 10 + (byte - 48);
            if (++this.#digits > 15) throw new ReplySyntaxError('a length has more than 15 digits');
          } else if (byte === CR && this.#digits > 0) {
            this.#state = State.NumberLf;
          } else if (byte === 45 && this.#digits === 0 && !this.#negative) {
            this.#negative = true;
          } else {
            throw new ReplySyntaxError(`a length can not contain byte ${byte}`);
          }
          break;
        }
        case State.NumberLf: {
          if (bytes[at++] !== LF) throw new ReplySyntaxError('CR without LF behind a length');
          this.#state = State.Type;
          this.#lengthRead();
          if (this.#elementsLeft === 0) return at;
          break;
        }
        case State.Line: {
          while (at < end && bytes[at] !== CR) at++;
          if (at === end) return -1;
          at++;
          this.#state = State.LineLf;
          break;
        }
        case State.LineLf: {
          if (bytes[at++] !== LF) throw new ReplySyntaxError('CR without LF behind a line');
          this.#state = State.Type;
          if (--this.#elementsLeft === 0) return at;
          break;
        }
        default: {
          // Bulk: `#bulkLeft` counts its bytes and the CR LF behind it.
          const available = end - at;
          if (available < this.#bulkLeft) {
            this.#checkBulkEnd(bytes, at, available);
            this.#bulkLeft -= available;
            return -1;
          }
          this.#checkBulkEnd(bytes, at, this.#bulkLeft);
          at += this.#bulkLeft;
          this.#bulkLeft = 0;
          this.#state = State.Type;
          if (--this.#elementsLeft === 0) return at;
        }
      }
    }
    return -1;
  }

  /** The CR LF behind a bulk, wherever the chunks cut it, is what tells that the count was right. */
  #checkBulkEnd(bytes: Buffer, at: number, taken: number): void {
    const crAt = at + this.#bulkLeft - 2;
    const lfAt = crAt + 1;
    if (crAt >= at && crAt < at + taken && bytes[crAt] !== CR) throw new ReplySyntaxError('no CR behind a bulk');
    if (lfAt >= at && lfAt < at + taken && bytes[lfAt] !== LF) throw new ReplySyntaxError('no LF behind a bulk');
  }

  #lengthRead(): void {
    const length = this.#number;
    if (this.#negative) {
      // The RESP2 nulls, $-1 and *-1.
      if (length !== 1 || (this.#kind !== 36 && this.#kind !== 42)) throw new ReplySyntaxError('a negative length');
      this.#elementsLeft--;
      return;
    }
    switch (this.#kind) {
      case 36:
      case 33:
      case 61:
        this.#bulkLeft = length + 2;
        this.#state = State.Bulk;
        break;
      case 37:
        this.#elementsLeft += 2 * length - 1;
        break;
      case 124:
        // Attributes stand before the element they belong to, which is still to come.
        this.#elementsLeft += 2 * length;
        break;
      default:
        this.#elementsLeft += length - 1;
    }
  }
}
